// TypeScript as the parser of swc reads it: typescript itself has no library any more.
import { parseSync } from '@swc/core'

export function parse(text) {
  const options = { syntax: 'typescript', decorators: true, target: 'es2023' }
  return parseSync(text, options)
}

/**
 * Calls `visit` with each node and the nodes around it, the nearest last. It looks at everything below a node, or only at what `visit`
 * returns.
 */
export function walk(node, visit, around = []) {
  if (typeof node !== 'object' || node === null) return
  // A list, or what has no type: a pair, such as an argument and whether it is spread.
  const isNode = typeof node.type === 'string'
  const below = isNode ? visit(node, around) : undefined
  const inside = isNode ? [...around, node] : around
  for (const value of Object.values(below ?? node)) walk(value, visit, inside)
}

/** What a file imports: statements and `import()`, of values and of types. */
export function specifiersOf(text) {
  const found = new Set()
  walk(parse(text), (node) => {
    const source = importedBy(node)
    if (source?.type === 'StringLiteral') found.add(source.value)
  })
  return [...found]
}

function importedBy(node) {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportAllDeclaration':
    case 'ExportNamedDeclaration':
      return node.source
    case 'TsImportType':
      return node.argument
    case 'CallExpression':
      return node.callee.type === 'Import' ? node.arguments[0]?.expression : undefined
    default:
      return undefined
  }
}
