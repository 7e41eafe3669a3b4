import { around, type Node, type Syntax } from './syntax.ts'

/** Where statements stand one after the other. */
export type Block = Extract<
  Node,
  { type: 'Program' | 'BlockStatement' | 'StaticBlock' | 'TSModuleBlock' }
>

export function isBlock(node: Node): node is Block {
  return /^(Program|BlockStatement|StaticBlock|TSModuleBlock)$/.test(node.type)
}

export function isFunction(node: Node): boolean {
  return /^(Function(Declaration|Expression)|ArrowFunctionExpression|ObjectMethod|Class(Private)?Method)$/.test(
    node.type,
  )
}

/** The statement that stands in a block, or at the top of the file, and contains the node. */
export function statementOf(syntax: Syntax, node: Node): Node | undefined {
  return [node, ...around(syntax, node)].find((each) => {
    const parent = syntax.parents.get(each)
    return parent !== undefined && isBlock(parent)
  })
}

export function blockOf(syntax: Syntax, node: Node): Block | undefined {
  return around(syntax, node).find(isBlock)
}

/** The nearest function around a node; `undefined` at the top of the file. */
export function functionOf(syntax: Syntax, node: Node): Node | undefined {
  return around(syntax, node).find(isFunction)
}

/** Whether what is declared in the block of `declared` can be used where `used` stands. */
export function isVisible(syntax: Syntax, declared: Node, used: Node): boolean {
  const block = blockOf(syntax, declared)
  return block !== undefined && around(syntax, used).includes(block)
}
