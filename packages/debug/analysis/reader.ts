import { bytesOfGraph, type Graph } from './graph.ts'

interface Header {
  readonly snapshot: {
    readonly meta: {
      readonly node_fields: readonly string[]
      readonly node_types: readonly (string | readonly string[])[]
      readonly edge_types: readonly (string | readonly string[])[]
    }
    readonly node_count: number
    readonly edge_count: number
  }
}

const maxHeaderBytes = 1 << 20
const maxNameBytes = 200
const maxNames = 4e6
const [quote, backslash, comma, bracket, zero, nine] = [...'"\\,]09'].map((c) => c.charCodeAt(0))

/** The snapshot is larger than what it may take. */
export class TooLarge extends Error {
  readonly neededBytes: number

  constructor(neededBytes: number) {
    super(`the snapshot needs ${neededBytes} bytes`)
    this.neededBytes = neededBytes
  }
}

/**
 * Reads a snapshot as V8 writes it, while it comes: the text of the strings of the program, most of
 * it, is never kept.
 */
export class SnapshotReader {
  private section: 'header' | 'nodes' | 'to edges' | 'edges' | 'to strings' | 'strings' | 'end' =
    'header'
  private header = ''
  private window = ''
  private number = 0
  private hasDigits = false
  private count = 0
  private nextEdge = 0
  private graph: Omit<Graph, 'names'> | undefined
  private fields = 0
  private typeAt = 0
  private nameAt = 0
  private sizeAt = 0
  private edgesAt = 0
  private wanted = new Uint8Array(0)
  private element = 0
  private hidden = 0
  private readonly names = new Map<number, string>()
  private inString = false
  private escaped = false
  private text: number[] = []
  private readonly maxBytes: number

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes
  }

  add(chunk: Uint8Array): void {
    let at = 0
    while (at < chunk.length) {
      if (this.section === 'header') at = this.readHeader(chunk, at)
      else if (this.section === 'nodes' || this.section === 'edges')
        at = this.readNumbers(chunk, at)
      else if (this.section === 'to edges') at = this.find('"edges":[', 'edges', chunk, at)
      else if (this.section === 'to strings') at = this.find('"strings":[', 'strings', chunk, at)
      else if (this.section === 'strings') at = this.readStrings(chunk, at)
      else return
    }
  }

  end(): Graph {
    if (this.section !== 'end' || !this.graph) throw new Error('the snapshot ends too early')
    return { ...this.graph, names: this.names }
  }

  private readHeader(chunk: Uint8Array, from: number): number {
    const before = this.header.length
    this.header += Buffer.from(chunk.subarray(from)).toString('latin1')
    const mark = '"nodes":['
    const at = this.header.indexOf(mark)
    if (at < 0) {
      if (this.header.length > maxHeaderBytes) throw new Error('this is no heap snapshot')
      return chunk.length
    }
    const text = this.header.slice(0, at).trimEnd().replace(/,$/, '')
    this.start(JSON.parse(`${text}}`) as Header)
    this.section = 'nodes'
    return from + at + mark.length - before
  }

  private start({ snapshot: { meta, node_count: nodes, edge_count: edges } }: Header): void {
    const neededBytes = bytesOfGraph(nodes, edges)
    if (neededBytes > this.maxBytes) throw new TooLarge(neededBytes)
    const at = (name: string) => meta.node_fields.indexOf(name)
    this.fields = meta.node_fields.length
    this.typeAt = at('type')
    this.nameAt = at('name')
    this.sizeAt = at('self_size')
    this.edgesAt = at('edge_count')
    const edgeTypes = meta.edge_types[0] as readonly string[]
    this.element = edgeTypes.indexOf('element')
    this.hidden = edgeTypes.indexOf('hidden')
    this.graph = {
      nodeCount: nodes,
      nodeTypes: meta.node_types[0] as readonly string[],
      edgeTypes,
      type: new Uint8Array(nodes),
      name: new Uint32Array(nodes),
      bytes: new Float64Array(nodes),
      firstEdge: new Uint32Array(nodes + 1),
      edgeType: new Uint8Array(edges),
      edgeName: new Uint32Array(edges),
      edgeTo: new Uint32Array(edges),
    }
  }

  private readNumbers(chunk: Uint8Array, from: number): number {
    const isNodes = this.section === 'nodes'
    let { number, hasDigits } = this
    for (let at = from; at < chunk.length; at++) {
      const byte = chunk[at] as number
      if (byte >= (zero as number) && byte <= (nine as number)) {
        number = number * 10 + byte - (zero as number)
        hasDigits = true
      } else if (byte === comma || byte === bracket) {
        if (hasDigits) {
          if (isNodes) this.nodeField(number)
          else this.edgeField(number)
        }
        number = 0
        hasDigits = false
        if (byte === bracket) {
          this.number = 0
          this.hasDigits = false
          this.count = 0
          this.section = isNodes ? 'to edges' : 'to strings'
          if (!isNodes) this.findWanted()
          return at + 1
        }
      }
    }
    this.number = number
    this.hasDigits = hasDigits
    return chunk.length
  }

  private nodeField(value: number): void {
    const graph = this.graph as Omit<Graph, 'names'>
    const field = this.count % this.fields
    const node = (this.count - field) / this.fields
    this.count++
    if (field === this.typeAt) graph.type[node] = value
    else if (field === this.nameAt) graph.name[node] = value
    else if (field === this.sizeAt) graph.bytes[node] = value
    else if (field === this.edgesAt) {
      this.nextEdge += value
      graph.firstEdge[node + 1] = this.nextEdge
    }
  }

  private edgeField(value: number): void {
    const graph = this.graph as Omit<Graph, 'names'>
    const field = this.count % 3
    const edge = (this.count - field) / 3
    this.count++
    if (field === 0) graph.edgeType[edge] = value
    else if (field === 1) graph.edgeName[edge] = value
    else graph.edgeTo[edge] = value / this.fields
  }

  /** Which strings are names. V8 has them in one table with the text of the program's strings. */
  private findWanted(): void {
    const { nodeTypes, type, name, edgeType, edgeName } = this.graph as Graph
    const named = ['object', 'closure', 'native', 'code', 'hidden', 'synthetic', 'object shape']
    const isNamed = nodeTypes.map((each) => named.includes(each))
    let last = 0
    const each = (use: (index: number) => void) => {
      for (let node = 0; node < type.length; node++) {
        if (isNamed[type[node] as number]) use(name[node] as number)
      }
      for (let edge = 0; edge < edgeType.length; edge++) {
        const kind = edgeType[edge]
        if (kind !== this.element && kind !== this.hidden) use(edgeName[edge] as number)
      }
    }
    each((index) => {
      if (index > last) last = index
    })
    this.wanted = new Uint8Array(last + 1)
    each((index) => {
      this.wanted[index] = 1
    })
  }

  private find(mark: string, then: 'edges' | 'strings', chunk: Uint8Array, from: number): number {
    // A mark may be cut by the end of a chunk.
    const text = this.window + Buffer.from(chunk.subarray(from)).toString('latin1')
    const at = text.indexOf(mark)
    if (at < 0) {
      this.window = text.slice(-mark.length)
      return chunk.length
    }
    const used = at + mark.length - this.window.length
    this.window = ''
    this.section = then
    return from + used
  }

  private readStrings(chunk: Uint8Array, from: number): number {
    for (let at = from; at < chunk.length; at++) {
      const byte = chunk[at] as number
      if (!this.inString) {
        if (byte === quote) this.inString = true
        else if (byte === bracket) {
          this.section = 'end'
          return chunk.length
        }
      } else if (this.escaped) {
        this.escaped = false
        this.keep(byte)
      } else if (byte === quote) {
        this.endString()
      } else {
        this.escaped = byte === backslash
        this.keep(byte)
      }
    }
    return chunk.length
  }

  private keep(byte: number): void {
    if (this.wanted[this.count] === 1 && this.text.length < maxNameBytes) this.text.push(byte)
  }

  private endString(): void {
    this.inString = false
    if (this.wanted[this.count] === 1 && this.names.size < maxNames) {
      // An escape that was cut in two, at the bound, is left out.
      const raw = Buffer.from(this.text)
        .toString('utf8')
        .replace(/\\(?:u[0-9a-f]{0,3})?$/i, '')
      this.names.set(this.count, parsed(raw))
      this.text = []
    }
    this.count++
  }
}

function parsed(raw: string): string {
  try {
    return JSON.parse(`"${raw}"`) as string
  } catch {
    return raw
  }
}
