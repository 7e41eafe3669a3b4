import type { Node, Syntax } from '../source/syntax.ts'

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

/** Lines of at most this many characters. */
const width = 96
const maxLines = 3

/** Variables of these names that files read: those whose names follow from the keys of a declaration. */
export function declarableIn(files: readonly Syntax[]): readonly string[] {
  const names = environmentReads(files).map(({ name }) => name)
  return [...new Set(names)]
    .filter((name) => /^[A-Z]+(_[A-Z]+)*$/.test(name) && name !== 'NODE_ENV')
    .sort()
}

/**
 * A declaration of variables for `config.loadOrExit`, on at most three lines; what does not fit is
 * left out. All are optional: the application that runs today must run tomorrow.
 */
export function declarationOf(config: string, names: readonly string[]): readonly string[] {
  const declared = names.map(
    (name) =>
      `${keyOf(name)}: ${config}.${/(^|_)PORT$/.test(name) ? 'port' : 'string'}().optional()`,
  )
  const entries = declared.length > 0 ? declared : [`port: ${config}.port().optional()`]
  const lines: string[] = []
  for (const entry of entries) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + entry.length + 2 <= width) {
      lines[lines.length - 1] = `${last} ${entry},`
    } else if (lines.length < maxLines) lines.push(`  ${entry},`)
    else break
  }
  return lines
}

/** `DATABASE_URL` is declared as `databaseUrl`. */
function keyOf(variable: string): string {
  return variable.toLowerCase().replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
