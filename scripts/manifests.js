// Writes into each package's manifest where it comes from; the rules check that it is so.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { published, rootManifest } from './rules/packages.js'
import { withOrigin } from './source/manifest.js'

for (const { folder, directory } of published) {
  const file = join(folder, 'package.json')
  writeFileSync(file, withOrigin(readFileSync(file, 'utf8'), rootManifest, directory))
}
