import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { graphOf } from '../source/graph.js'

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

export const rootManifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** The eight: folder, manifest, and source files by path. */
export const packages = readdirSync(join(root, 'packages'))
  .sort()
  .map((name) => {
    const folder = join(root, 'packages', name)
    const files = readdirSync(join(folder, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => ({
        path: `packages/${name}/src/${file}`,
        text: readFileSync(join(folder, 'src', file), 'utf8'),
      }))
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    return { name: `@clew/${name}`, directory: `packages/${name}`, folder, manifest, files }
  })

/** The eight, and the private package they share: the graph of the source files, and which of them are entries. */
export function layered() {
  const shared = existsSync(join(root, 'internal')) ? ['internal'] : []
  return [...packages.map(({ directory }) => directory), ...shared].map((folder) => {
    const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
    const modules = Object.values(manifest.exports).map((entry) => entry['@clew/source'] ?? '')
    const commands = Object.values(manifest.bin ?? {}).map((file) => file.replace(/js$/, 'ts'))
    const entries = [...modules, ...commands].map((file) => basename(file))
    const path = `${folder}/src`
    return { path, graph: graphOf(join(root, path)), entries: new Set(entries) }
  })
}
