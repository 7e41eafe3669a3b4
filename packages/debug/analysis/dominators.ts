import type { Graph } from './graph.ts'

/**
 * Who holds what: the dominator of a node is the nearest one without which it would be garbage.
 * Nodes are in the order of a depth-first search from the root, so that a dominator comes before
 * what it dominates.
 */
export interface Dominators {
  /** How many nodes can be reached from the root. */
  readonly count: number
  /** The node at each place of the order. */
  readonly nodeAt: Uint32Array
  /** The place of the dominator of what is at each place. */
  readonly dominator: Uint32Array
  /** The bytes of what is at each place, with all that it dominates. */
  readonly retained: Float64Array
}

/** By Lengauer and Tarjan: nearly linear, also for long lists. */
export function dominatorsOf(
  graph: Graph,
  holds: (from: number, edge: number) => boolean,
): Dominators {
  const { nodeCount, firstEdge, edgeTo, bytes } = graph
  const nodeAt = new Uint32Array(nodeCount)
  const placeOf = new Uint32Array(nodeCount).fill(nodeCount)
  const parent = new Uint32Array(nodeCount)
  const cursor = new Uint32Array(nodeCount)
  let count = 1
  placeOf[0] = 0
  cursor[0] = firstEdge[0] as number
  // Depth first, without recursion: lists may be longer than a stack is deep.
  for (let node = 0; ; ) {
    const edge = cursor[node] as number
    if (edge < (firstEdge[node + 1] as number)) {
      cursor[node] = edge + 1
      const to = edgeTo[edge] as number
      if (placeOf[to] !== nodeCount || !holds(node, edge)) continue
      placeOf[to] = count
      nodeAt[count] = to
      parent[count] = placeOf[node] as number
      count++
      cursor[to] = firstEdge[to] as number
      node = to
    } else if (node === 0) break
    else node = nodeAt[parent[placeOf[node] as number] as number] as number
  }

  const { first, from } = predecessors(graph, holds, placeOf, count)
  const semi = new Uint32Array(count).map((_, place) => place)
  const best = semi.slice()
  const ancestor = new Uint32Array(count).fill(count)
  const dominator = new Uint32Array(count)
  const bucket = new Uint32Array(count).fill(count)
  const nextInBucket = new Uint32Array(count).fill(count)
  const path: number[] = []

  function evaluate(place: number): number {
    if (ancestor[place] === count) return place
    let at = place
    while (ancestor[ancestor[at] as number] !== count) {
      path.push(at)
      at = ancestor[at] as number
    }
    for (let each = path.pop(); each !== undefined; each = path.pop()) {
      const above = ancestor[each] as number
      const better = best[above] as number
      if ((semi[better] as number) < (semi[best[each] as number] as number)) best[each] = better
      ancestor[each] = ancestor[above] as number
    }
    return best[place] as number
  }

  for (let place = count - 1; place > 0; place--) {
    let smallest = semi[place] as number
    for (let i = first[place] as number; i < (first[place + 1] as number); i++) {
      const candidate = semi[evaluate(from[i] as number)] as number
      if (candidate < smallest) smallest = candidate
    }
    semi[place] = smallest
    nextInBucket[place] = bucket[smallest] as number
    bucket[smallest] = place
    const above = parent[place] as number
    ancestor[place] = above
    for (let each = bucket[above] as number; each !== count; each = nextInBucket[each] as number) {
      const least = evaluate(each)
      dominator[each] = (semi[least] as number) < (semi[each] as number) ? least : above
    }
    bucket[above] = count
  }
  const retained = new Float64Array(count)
  for (let place = 1; place < count; place++) {
    if (dominator[place] !== semi[place]) {
      dominator[place] = dominator[dominator[place] as number] as number
    }
  }
  for (let place = count - 1; place >= 0; place--) {
    retained[place] = (retained[place] as number) + (bytes[nodeAt[place] as number] as number)
    if (place > 0) {
      const above = dominator[place] as number
      retained[above] = (retained[above] as number) + (retained[place] as number)
    }
  }
  return { count, nodeAt, dominator, retained }
}

/** The places from which an edge leads to each place. */
function predecessors(
  { nodeCount, firstEdge, edgeTo }: Graph,
  holds: (from: number, edge: number) => boolean,
  placeOf: Uint32Array,
  count: number,
) {
  const first = new Uint32Array(count + 1)
  const eachEdge = (use: (from: number, to: number) => void) => {
    for (let node = 0; node < nodeCount; node++) {
      const place = placeOf[node] as number
      if (place === nodeCount) continue
      const end = firstEdge[node + 1] as number
      for (let edge = firstEdge[node] as number; edge < end; edge++) {
        if (holds(node, edge)) use(place, placeOf[edgeTo[edge] as number] as number)
      }
    }
  }
  eachEdge((_, to) => {
    first[to + 1] = (first[to + 1] as number) + 1
  })
  for (let place = 0; place < count; place++) {
    first[place + 1] = (first[place + 1] as number) + (first[place] as number)
  }
  const from = new Uint32Array(first[count] as number)
  const next = first.slice()
  eachEdge((place, to) => {
    const at = next[to] as number
    from[at] = place
    next[to] = at + 1
  })
  return { first, from }
}
