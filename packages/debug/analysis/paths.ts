import type { Step } from '../src/heap/report.ts'
import type { Graph } from './graph.ts'
import { classOf, fileOf, isOfProgram, propertyName } from './names.ts'

const maxSteps = 24
const none = 0xffffffff

/** The shortest way from the root to a node: why it is alive. */
export function pathsOf(
  graph: Graph,
  holds: (from: number, edge: number) => boolean,
): (node: number) => readonly Step[] {
  const { nodeCount, firstEdge, edgeTo, edgeType, edgeTypes, edgeName, names } = graph
  const parent = new Uint32Array(nodeCount).fill(none)
  const parentEdge = new Uint32Array(nodeCount)
  const queue = new Uint32Array(nodeCount)
  let length = 1
  parent[0] = 0
  for (let at = 0; at < length; at++) {
    const node = queue[at] as number
    for (let edge = firstEdge[node] as number; edge < (firstEdge[node + 1] as number); edge++) {
      const to = edgeTo[edge] as number
      if (parent[to] !== none || !holds(node, edge)) continue
      parent[to] = node
      parentEdge[to] = edge
      queue[length++] = to
    }
  }

  function stepTo(node: number): Step {
    const from = parent[node] as number
    const edge = parentEdge[node] as number
    const kind = edgeTypes[edgeType[edge] as number] ?? ''
    const name = names.get(edgeName[edge] as number) ?? ''
    const step = { class: classOf(graph, node) }
    if (kind === 'context') {
      const file = fileOf(graph, from)
      return { ...step, variable: name.slice(0, 100), ...(file !== undefined && { file }) }
    }
    if (kind === 'property') return { ...step, property: propertyName(name) }
    return step
  }

  return (node) => {
    const steps: Step[] = []
    // What is nearest says most.
    const isWanted = (at: number) => at !== 0 && parent[at] !== none && steps.length < maxSteps
    for (let at = node; isWanted(at); at = parent[at] as number) {
      const step = stepTo(at)
      // What V8 has in between (tables, cells, contexts) says nothing to people.
      const isNamed = 'variable' in step || 'property' in step
      if (at === node || isNamed || isOfProgram(graph, at)) steps.push(step)
    }
    return steps.reverse()
  }
}
