import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { circlesOf, folded, foldersOf, shortestCircle } from '../source/graph.js'
import { graphSection, sectionOf } from '../source/graph-text.js'
import { layered, root } from './packages.js'

// As many files as one looks through without folders.
const maxFlatFiles = 15

/** No file and no folder leads back to itself, and what is more than a handful of files stands in folders. */
export function layersPointDown() {
  return layered().flatMap(({ path, graph, entries }) => {
    if (graph.size <= maxFlatFiles) return circles(path, graph)
    const between = foldersOf(graph).flatMap((folder) =>
      circles(folder === '' ? path : `${path}/${folder.slice(0, -1)}`, folded(graph, folder)),
    )
    return [
      ...new Set([...circles(path, graph), ...between, ...strays(path, folded(graph), entries)]),
    ]
  })
}

function circles(path, graph) {
  return circlesOf(graph).map((together) => {
    const shortest = shortestCircle(graph, together)
    const more = together.length - shortest.length + 1
    return `${path}: ${shortest.join(' → ')}${more > 0 ? `, and ${more} more in this circle` : ''}`
  })
}

// A file may stand beside the folders when it is a layer of its own: several of them use it, or it uses several.
function strays(path, folders, entries) {
  const isFolder = (node) => !node.endsWith('.ts')
  return [...folders.keys()]
    .filter((node) => !isFolder(node) && !entries.has(node))
    .filter((file) => {
      const users = [...folders.keys()].filter((node) => folders.get(node).includes(file))
      return users.filter(isFolder).length < 2 && folders.get(file).filter(isFolder).length < 2
    })
    .map((file) => `${path}/${file} belongs in a folder: it joins no two of them`)
}

/** ARCHITECTURE.md shows the layers as they are. */
export function layersAreShown() {
  const text = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8')
  return sectionOf(text) === graphSection(layered())
    ? []
    : ['ARCHITECTURE.md shows other layers than the sources have: pnpm graph']
}
