// Where a source file could be wrong by one operator, bound or literal, and how it would read then.
import { parse, walk } from '../source/syntax.js'

const operators = {
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '===': '!==',
  '!==': '===',
  '==': '!=',
  '!=': '==',
  '+': '-',
  '-': '+',
  '*': '/',
  '/': '*',
  '%': '*',
  '&': '|',
  '|': '&',
  '<<': '>>',
  '>>': '<<',
  '&&': '||',
  '||': '&&',
  '+=': '-=',
  '-=': '+=',
  '++': '--',
  '--': '++',
}

// Around an expression, and no types themselves.
const transparent = new Set([
  'TsAsExpression',
  'TsConstAssertion',
  'TsInstantiation',
  'TsNonNullExpression',
  'TsSatisfiesExpression',
  'TsTypeAssertion',
])

/**
 * Each mutant of a file: what stands from byte `start` to byte `end`, what would stand there, and in which line. Types, imports and
 * the names of members have none.
 */
export function pointsOf(text) {
  const bytes = Buffer.from(text)
  const points = []
  const add = (start, end, replacement) => {
    const original = bytes.toString('utf8', start, end)
    const line = bytes.toString('utf8', 0, start).split('\n').length
    points.push({ start, end, line, original, replacement })
  }
  walk(parse(text), (node, around) => {
    if (node.type.startsWith('Ts')) return transparent.has(node.type) ? [node.expression] : []
    if (node.type === 'ImportDeclaration' || node.type.startsWith('Export')) {
      return [node.declaration, node.decl, node.expression]
    }
    // swc counts bytes, and from 1.
    const [start, end] = [node.span?.start - 1, node.span?.end - 1]
    mutators[node.type]?.({ node, parent: around.at(-1), start, end, bytes, add })
    return undefined
  })
  return points.sort((a, b) => a.start - b.start || a.end - b.end)
}

export function mutated(text, { start, end, replacement }) {
  const bytes = Buffer.from(text)
  return bytes.toString('utf8', 0, start) + replacement + bytes.toString('utf8', end)
}

const mutators = {
  BinaryExpression: between,
  AssignmentExpression: between,

  UpdateExpression({ node, start, end, add }) {
    const at = node.prefix ? start : end - 2
    add(at, at + 2, operators[node.operator])
  },

  UnaryExpression({ node, start, add }) {
    if (node.operator === '!') add(start, start + 1, '')
  },

  IfStatement: condition,
  ConditionalExpression: condition,

  NumericLiteral({ node, parent, start, end, add }) {
    if (isKey(node, parent)) return
    for (const value of [node.value + 1, node.value - 1]) {
      add(start, end, value < 0 ? `(${value})` : String(value))
    }
  },

  BigIntLiteral({ start, end, bytes, add }) {
    const value = BigInt(bytes.toString('utf8', start, end - 1).replaceAll('_', ''))
    for (const other of [value + 1n, value - 1n]) add(start, end, `(${other}n)`)
  },

  BooleanLiteral({ node, start, end, add }) {
    add(start, end, String(!node.value))
  },

  StringLiteral({ node, parent, start, end, add }) {
    if (isKey(node, parent) || parent.type === 'ExpressionStatement') return
    if (parent.type === 'CallExpression' && parent.callee.type === 'Import') return
    add(start, end, node.value === '' ? `'mutant'` : `''`)
  },

  TemplateLiteral({ node, parent, start, end, add }) {
    if (parent.type === 'TaggedTemplateExpression') return
    if (node.quasis.some(({ raw }) => raw !== '')) add(start, end, '``')
  },

  ReturnStatement({ node, start, end, add }) {
    const { type, value } = node.argument ?? { type: 'Identifier', value: 'undefined' }
    if (type === 'BooleanLiteral' || (type === 'Identifier' && value === 'undefined')) return
    add(start, end, 'return undefined')
  },

  ThrowStatement({ start, end, add }) {
    add(start, end, ';')
  },
}

function isKey(node, parent) {
  return parent?.key === node
}

function between({ node, start, bytes, add }) {
  const replacement = operators[node.operator]
  if (replacement === undefined) return
  const from = node.left.span.end - 1
  const text = bytes.toString('latin1', from, node.right.span.start - 1)
  // Comments may stand there too, and keep their length.
  const bare = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, (comment) => ' '.repeat(comment.length))
  const at = from + bare.indexOf(node.operator)
  if (at >= start) add(at, at + node.operator.length, replacement)
}

// One with an operator has its mutants already.
function condition({ node, bytes, add }) {
  let { test } = node
  while (test.type === 'ParenthesisExpression') test = test.expression
  if (['BinaryExpression', 'UnaryExpression', 'BooleanLiteral'].includes(test.type)) return
  const [start, end] = [test.span.start - 1, test.span.end - 1]
  add(start, end, `!(${bytes.toString('utf8', start, end)})`)
}
