import type { Node, Syntax } from './syntax.ts'

/** A variable of the environment that a file reads. */
export interface EnvironmentRead {
  readonly name: string
  readonly syntax: Syntax
  readonly node: Node
}

/** What files read of `process.env` by name. */
export function environmentReads(files: readonly Syntax[]): EnvironmentRead[] {
  return files.flatMap((syntax) =>
    syntax.nodes.flatMap((node) => namesRead(syntax, node).map((name) => ({ name, syntax, node }))),
  )
}

function namesRead(syntax: Syntax, node: Node): string[] {
  if (!isEnvironment(node)) return []
  const parent = syntax.parents.get(node)
  if (parent?.type === 'VariableDeclarator' && parent.id.type === 'ObjectPattern') {
    return parent.id.properties.flatMap((property) =>
      property.type === 'ObjectProperty' && property.key.type === 'Identifier'
        ? [property.key.name]
        : [],
    )
  }
  if (parent?.type !== 'MemberExpression' || parent.object !== node) return []
  const { property, computed } = parent
  if (property.type === 'StringLiteral') return [property.value]
  return property.type === 'Identifier' && !computed ? [property.name] : []
}

function isEnvironment(node: Node): boolean {
  return (
    node.type === 'MemberExpression' &&
    node.object.type === 'Identifier' &&
    node.object.name === 'process' &&
    node.property.type === 'Identifier' &&
    node.property.name === 'env' &&
    !node.computed
  )
}
