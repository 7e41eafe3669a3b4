import { type ParserOptions, parse } from '@babel/parser'
import type { Node, Program } from '@babel/types'

export type { Node, Program }

/** A node whose place in the text is known, as it is for all that the parser makes. */
export interface Placed {
  readonly start: number
  readonly end: number
}

/** A source file as it is on disk, with what the parser reads in it. */
export interface Syntax {
  /** Relative to the project's folder, with `/`. */
  readonly path: string
  /** Without a byte order mark, which the parser would count. */
  readonly text: string
  readonly byteOrderMark: string
  readonly program: Program
  /** All nodes in the order of the text, each before those inside it. */
  readonly nodes: readonly Node[]
  readonly parents: ReadonlyMap<Node, Node>
}

const byteOrderMark = '\uFEFF'

/** Reads a file's text. `undefined` where the parser cannot make sense of it. */
export function syntaxOf(path: string, content: string): Syntax | undefined {
  const mark = content.startsWith(byteOrderMark) ? byteOrderMark : ''
  const text = content.slice(mark.length)
  try {
    const { program } = parse(text, optionsFor(path))
    return { path, text, byteOrderMark: mark, program, ...treeOf(program) }
  } catch {
    return undefined
  }
}

function optionsFor(path: string): ParserOptions {
  const isTypeScript = /\.[cm]?tsx?$/.test(path)
  const hasJsx = !isTypeScript || path.endsWith('x')
  return {
    sourceType: /\.m[jt]s$/.test(path) ? 'module' : 'unambiguous',
    allowReturnOutsideFunction: true,
    allowAwaitOutsideFunction: true,
    allowSuperOutsideMethod: true,
    allowUndeclaredExports: true,
    errorRecovery: true,
    attachComment: true,
    plugins: [
      'decorators-legacy',
      'explicitResourceManagement',
      ...(isTypeScript ? ['typescript' as const] : []),
      ...(hasJsx ? ['jsx' as const] : []),
    ],
  }
}

function treeOf(program: Program): Pick<Syntax, 'nodes' | 'parents'> {
  const nodes: Node[] = []
  const parents = new Map<Node, Node>()
  const waiting: Node[] = [program]
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    nodes.push(node)
    for (const child of childrenOf(node).reverse()) {
      parents.set(child, node)
      waiting.push(child)
    }
  }
  return { nodes, parents }
}

const notChildren = new Set([
  'leadingComments',
  'trailingComments',
  'innerComments',
  'loc',
  'extra',
])

function childrenOf(node: Node): Node[] {
  return Object.entries(node)
    .filter(([key]) => !notChildren.has(key))
    .flatMap(([, value]) => (Array.isArray(value) ? value : [value]))
    .filter(isNode)
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value
}

export function placeOf(node: Node): Placed {
  return { start: node.start ?? 0, end: node.end ?? 0 }
}

/** What is read of a file, read once: the file stays as it is, and much is asked again for each of its calls. */
export function oncePerFile<T>(read: (syntax: Syntax) => T): (syntax: Syntax) => T {
  const results = new WeakMap<Syntax, { readonly value: T }>()
  return (syntax) => {
    const result = results.get(syntax) ?? { value: read(syntax) }
    results.set(syntax, result)
    return result.value
  }
}

/** The nodes around one, the nearest first. */
export function around({ parents }: Syntax, node: Node): Node[] {
  const found: Node[] = []
  for (let at = parents.get(node); at !== undefined; at = parents.get(at)) found.push(at)
  return found
}

/** The line of an offset, counted from 1. */
export function lineOf({ text }: Syntax, offset: number): number {
  return text.slice(0, offset).split('\n').length
}
