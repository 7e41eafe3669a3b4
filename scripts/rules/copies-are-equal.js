import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './packages.js'

// Packages share no code at run time; what three of them must see alike is copied, and a change to one is a change to all.
const copies = [
  ['src/express-mount.ts', ['log', 'metrics', 'trace']],
  ['src/route.ts', ['log', 'metrics', 'trace']],
  ['src/channels.ts', ['metrics', 'trace']],
  ['src/operation.ts', ['metrics', 'trace']],
  ['src/own-otlp.ts', ['metrics', 'trace']],
  ['src/written-route.ts', ['metrics', 'trace']],
  ['test/express-routes.ts', ['log', 'metrics', 'trace']],
]

export function copiesAreEqual() {
  return copies.flatMap(([file, names]) => {
    const paths = names.map((name) => `packages/${name}/${file}`)
    const [first, ...others] = paths.map((path) => readFileSync(join(root, path), 'utf8'))
    return others.flatMap((text, index) =>
      text === first ? [] : [`${paths[index + 1]} differs from ${paths[0]}`],
    )
  })
}
