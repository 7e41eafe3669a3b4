// The rules of the house that a compiler does not know. Each one returns a list of problems; none is what we want.

import { apiIsKept, apiIsShown } from './api-is-kept.js'
import { changesetsCoverInternal } from './changesets-cover-internal.js'
import { errorsSpeakAlike } from './errors-speak-alike.js'
import { frameworksTakeFewLines } from './frameworks-take-few-lines.js'
import { globalsAreNamed } from './globals-are-named.js'
import { importsAreLight } from './imports-are-light.js'
import { internalStaysInside } from './internal-stays-inside.js'
import { layersAreShown, layersPointDown } from './layers-point-down.js'
import { manifestsSayOrigin } from './manifests-say-origin.js'
import { nothingLeaks } from './nothing-leaks.js'
import { packagesMeet } from './packages-meet.js'
import { packagesTravel } from './packages-travel.js'
import { readmeCodeWorks } from './readme-code-works.js'
import { readmesAreTrue } from './readmes-are-true.js'
import { requestsStayFast } from './requests-stay-fast.js'

const rules = {
  'no package imports another one of the eight': packagesMeet,
  'imports point down: no circle of files or folders': layersPointDown,
  'ARCHITECTURE.md shows the layers as they are': layersAreShown,
  'importing a package loads no SDK, gRPC, jose or undici': importsAreLight,
  "every global sits under Symbol.for('@clew/…')": globalsAreNamed,
  'nothing published names the private package': internalStaysInside,
  'a changeset names each package in which the private one has changed': changesetsCoverInternal,
  'errors are made in one place, say the same in all packages, and each code can come':
    errorsSpeakAlike,
  'each manifest says where its package comes from': manifestsSayOrigin,
  'pages of a package link to nothing outside of it, and source maps are small': packagesTravel,
  'exports, options and error codes in each README equal the source': readmesAreTrue,
  'the API of each package in its folder api equals the published types': apiIsShown,
  'what a release has is not taken away by a patch': apiIsKept,
  'README code type-checks, and runs where it says so': readmeCodeWorks,
  'a package takes at most five lines on each framework, and the table says how many':
    frameworksTakeFewLines,
  'no accessor in an object literal on the path of a request': requestsStayFast,
  'no path of a machine and no registry host is in the project': nothingLeaks,
}

let broken = 0
for (const [title, rule] of Object.entries(rules)) {
  const problems = await rule()
  console.log(`${problems.length === 0 ? '✓' : '✗'} ${title}`)
  for (const problem of problems) console.log(`    ${problem}`)
  broken += problems.length
}
process.exitCode = broken === 0 ? 0 : 1
