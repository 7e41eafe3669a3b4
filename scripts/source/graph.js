// Which file imports which, and what follows for the folders they stand in.
import { readdirSync, readFileSync } from 'node:fs'
import { join, posix, sep } from 'node:path'
import { specifiersOf } from './syntax.js'

/** The files below a folder, by path, each with those of them that it imports. */
export function graphOf(folder) {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((file) => file.split(sep).join('/'))
    .filter((file) => file.endsWith('.ts'))
    .sort()
  const known = new Set(files)
  return new Map(
    files.map((file) => {
      const imported = specifiersOf(readFileSync(join(folder, file), 'utf8'))
        .filter((specifier) => specifier.startsWith('.'))
        .map((specifier) => posix.join(posix.dirname(file), specifier))
      return [file, imported.filter((path) => known.has(path))]
    }),
  )
}

/** The same between what stands in one folder: its files, and its folders as a whole. */
export function folded(graph, folder = '') {
  const result = new Map()
  for (const [file, imported] of graph) {
    const node = nodeOf(file, folder)
    if (node === undefined) continue
    const targets = imported.map((path) => nodeOf(path, folder))
    const others = targets.filter((target) => target !== undefined && target !== node)
    result.set(node, [...new Set([...(result.get(node) ?? []), ...others])].sort())
  }
  return result
}

/** Which file or folder of a folder a file is, or is in; `undefined` for one elsewhere. */
export function nodeOf(file, folder = '') {
  if (!file.startsWith(folder)) return undefined
  return file.slice(folder.length).split('/')[0]
}

/** All folders, the outermost as `''`, the others as `scope/`. */
export function foldersOf(graph) {
  const folders = new Set([''])
  for (const file of graph.keys()) {
    const names = file.split('/').slice(0, -1)
    for (const [index] of names.entries()) folders.add(`${names.slice(0, index + 1).join('/')}/`)
  }
  return [...folders].sort()
}

/** Each circle, as the nodes that can all be reached from one another. */
export function circlesOf(graph) {
  const state = { order: new Map(), low: new Map(), stack: [], circles: [] }
  for (const node of graph.keys()) if (!state.order.has(node)) connect(graph, node, state)
  return state.circles
}

// Tarjan: what is still on the stack when its first node is left belongs together.
function connect(graph, node, state) {
  const { order, low, stack, circles } = state
  order.set(node, order.size)
  low.set(node, order.get(node))
  stack.push(node)
  for (const next of graph.get(node)) {
    if (!order.has(next)) {
      connect(graph, next, state)
      low.set(node, Math.min(low.get(node), low.get(next)))
    } else if (stack.includes(next)) {
      low.set(node, Math.min(low.get(node), order.get(next)))
    }
  }
  if (low.get(node) !== order.get(node)) return
  const together = stack.splice(stack.indexOf(node))
  if (together.length > 1 || graph.get(node).includes(node)) circles.push(together.sort())
}

/**
 * From top to bottom: what stands in one layer imports only from layers below. Each node is as low as what it imports permits.
 * `undefined` where there is a circle, which has no top.
 */
export function layersOf(graph) {
  if (circlesOf(graph).length > 0) return undefined
  const heights = new Map()
  const heightOf = (node) => {
    const known = heights.get(node)
    if (known !== undefined) return known
    const height = 1 + Math.max(-1, ...graph.get(node).map(heightOf))
    heights.set(node, height)
    return height
  }
  const layers = []
  for (const node of graph.keys()) {
    const height = heightOf(node)
    layers[height] = [...(layers[height] ?? []), node]
  }
  return layers.map((nodes) => nodes.sort()).reverse()
}

/** The shortest way from one of these nodes back to itself: of a large circle, the part that a person can look at. */
export function shortestCircle(graph, together) {
  const ways = together.map((start) => wayBack(graph, start)).filter(Boolean)
  return ways.sort((a, b) => a.length - b.length)[0]
}

function wayBack(graph, start) {
  const from = new Map()
  const queue = [start]
  for (const node of queue) {
    for (const next of graph.get(node)) {
      if (next === start) {
        const way = [start]
        for (let at = node; at !== start; at = from.get(at)) way.unshift(at)
        return [start, ...way]
      }
      if (from.has(next)) continue
      from.set(next, node)
      queue.push(next)
    }
  }
  return undefined
}
