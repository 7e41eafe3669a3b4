/** What a snapshot contains, as far as it is used. Nodes and edges are numbers. */
export interface Graph {
  readonly nodeCount: number
  readonly nodeTypes: readonly string[]
  readonly edgeTypes: readonly string[]
  /** Of each node: its type, its name (a number of `names`), its own bytes. */
  readonly type: Uint8Array
  readonly name: Uint32Array
  readonly bytes: Float64Array
  /** The edges of node `i` are `firstEdge[i]` to `firstEdge[i + 1]`, without the last. */
  readonly firstEdge: Uint32Array
  readonly edgeType: Uint8Array
  /** A number of `names`; of an element, its index. */
  readonly edgeName: Uint32Array
  readonly edgeTo: Uint32Array
  /** The names of classes, functions, variables and properties. Never the text of a string. */
  readonly names: ReadonlyMap<number, string>
}

/** How many bytes a graph of this size takes, with what is computed of it. */
export const bytesOfGraph = (nodes: number, edges: number): number =>
  nodes * 72 + edges * 14 + (48 << 20)

/** Which edges keep something alive: of the program, not of the moment in which it was looked at. */
export function holdingEdges(graph: Graph): (from: number, edge: number) => boolean {
  const { nodeTypes, edgeTypes, names } = graph
  const weak = edgeTypes.indexOf('weak')
  const shortcut = edgeTypes.indexOf('shortcut')
  const internal = edgeTypes.indexOf('internal')
  const synthetic = nodeTypes.indexOf('synthetic')
  const array = nodeTypes.indexOf('array')
  const passing = new Set<number>()
  const pairs = new Set<number>()
  const moments = new Set<number>()
  for (const [index, name] of names) {
    // Held while the snapshot was being written.
    if (name === '(Handle scope)' || name === '(Stack roots)') moments.add(index)
    else if (name.endsWith(' / IdentityMapBase')) passing.add(index)
    // The key holds the value; the table of the WeakMap does not.
    else if (name.includes(' pair in WeakMap (table')) pairs.add(index)
  }
  return (from, edge) => {
    const type = graph.edgeType[edge]
    if (type === weak) return false
    if (type === shortcut) return from === 0
    const fromType = graph.type[from]
    if (fromType === synthetic) {
      if (moments.has(graph.name[from] as number)) return false
      return type !== internal || !passing.has(graph.edgeName[edge] as number)
    }
    return !(type === internal && fromType === array && pairs.has(graph.edgeName[edge] as number))
  }
}
