import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { withOrigin } from '../source/manifest.js'
import { published, rootManifest } from './packages.js'

/** Where a package comes from is derived from the manifest of the root: see scripts/manifests.js. */
export function manifestsSayOrigin() {
  return published.flatMap(({ folder, directory }) => {
    const text = readFileSync(join(folder, 'package.json'), 'utf8')
    return text === withOrigin(text, rootManifest, directory)
      ? []
      : [`${directory}/package.json does not say where it comes from: pnpm manifests`]
  })
}
