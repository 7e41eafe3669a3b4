import { pathOfUrl } from '../src/profiles/file-url.ts'
import type { Graph } from './graph.ts'

const maxLength = 100
const hidden = '…'

/** What a node is called: its class, or its kind. Never the value of a string. */
export function classOf({ type, nodeTypes, name, names }: Graph, node: number): string {
  const kind = nodeTypes[type[node] as number] ?? ''
  const text = names.get(name[node] as number) ?? ''
  if (text.startsWith('system / ') && kind === 'object') return '(system)'
  if (kind === 'object') return text.slice(0, maxLength)
  if (kind === 'native') return text.split(' / ', 2).join(' / ').slice(0, maxLength)
  if (kind === 'closure') return '(function)'
  if (kind === 'code') return '(compiled code)'
  if (kind === 'concatenated string' || kind === 'sliced string') return '(string)'
  if (kind === 'hidden' || kind === 'object shape' || kind === 'synthetic') return '(system)'
  return `(${kind})`
}

/**
 * Whether it is something of the program: not of V8, whose objects are called `system / Context`, nor
 * of Node.
 */
export function isOfProgram({ type, nodeTypes, name, names }: Graph, node: number): boolean {
  if (nodeTypes[type[node] as number] !== 'object') return false
  const text = names.get(name[node] as number) ?? ''
  return text !== '' && !text.startsWith('system / ')
}

/**
 * The name of a property. An object that is used as a dictionary has data for names: what looks like
 * it is not shown.
 */
export function propertyName(text: string): string {
  const digits = text.replace(/\D/g, '').length
  return /^[A-Za-z_$#][\w$ -]{0,39}$/.test(text) && digits <= 3 ? text : hidden
}

/** Where the code of a module is, of which a variable is held. */
export function fileOf(graph: Graph, context: number): string | undefined {
  const { firstEdge, edgeTo, edgeName, edgeType, names, nodeCount } = graph
  const edge = (node: number, wanted: string, ...others: readonly string[]) => {
    for (let at = firstEdge[node] as number; at < (firstEdge[node + 1] as number); at++) {
      const isNamed = !['element', 'hidden'].includes(graph.edgeTypes[edgeType[at] as number] ?? '')
      const name = isNamed ? (names.get(edgeName[at] as number) ?? '') : ''
      if (name === wanted || others.includes(name)) return edgeTo[at] as number
    }
    return undefined
  }
  const closure = graph.nodeTypes.indexOf('closure')
  for (let node = 0; node < nodeCount; node++) {
    if (graph.type[node] !== closure || edge(node, 'context') !== context) continue
    const shared = edge(node, 'shared')
    const script = shared === undefined ? undefined : edge(shared, 'script', 'script_or_debug_info')
    const url = script === undefined ? undefined : names.get(graph.name[script] as number)
    if (url) return pathOfUrl(url).slice(0, 300)
  }
  return undefined
}
