import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { graphOf } from '../source/graph.js'

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

export const rootManifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** What is published, the eight and `create-clew`: folder, manifest, and source files by path. */
export const published = readdirSync(join(root, 'packages'))
  .sort()
  .map((directory) => {
    const folder = join(root, 'packages', directory)
    const files = readdirSync(join(folder, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => ({
        path: `packages/${directory}/src/${file}`,
        text: readFileSync(join(folder, 'src', file), 'utf8'),
      }))
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    return { name: manifest.name, directory: `packages/${directory}`, folder, manifest, files }
  })

/** The eight, which an application has at run time. `create-clew` is a command, and imports none of them. */
export const packages = published.filter(({ name }) => name.startsWith('@clew/'))

/** What is published, and the private package that the eight share: the graph of the source files, and which of them are entries. */
export function layered() {
  const shared = existsSync(join(root, 'internal')) ? ['internal'] : []
  return [...published.map(({ directory }) => directory), ...shared].map((folder) => {
    const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
    const modules = Object.values(manifest.exports).map((entry) => entry['@clew/source'] ?? '')
    const commands = Object.values(manifest.bin ?? {}).map((file) => file.replace(/js$/, 'ts'))
    const entries = [...modules, ...commands].map((file) => basename(file))
    const path = `${folder}/src`
    return { path, graph: graphOf(join(root, path)), entries: new Set(entries) }
  })
}
