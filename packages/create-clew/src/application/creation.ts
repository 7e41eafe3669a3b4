import { type Origin, originOf } from '../source/imports.ts'
import { blockOf, functionOf, statementOf } from '../source/scopes.ts'
import { type Node, placeOf, type Syntax } from '../source/syntax.ts'
import { type Framework, frameworkMade } from './frameworks.ts'

/** Where an application is made. */
export interface Creation {
  readonly framework: Framework
  readonly syntax: Syntax
  /** The call that makes it. */
  readonly call: Extract<Node, { type: 'CallExpression' | 'NewExpression' }>
  /** How the file writes it: `app`, `this.app`; undefined if it has no name of its own. */
  readonly name: string | undefined
  readonly statement: Node
  /** The function that makes it; undefined at the top of the file. */
  readonly factory: Node | undefined
}

/** The applications that a file makes. */
export function creationsIn(syntax: Syntax, imports: ReadonlyMap<string, Origin>): Creation[] {
  return syntax.nodes.flatMap((call): Creation[] => {
    const framework = frameworkMade(call, (callee) => originOf(imports, callee))
    if (framework === undefined) return []
    const statement = statementOf(syntax, call)
    if (call.type !== 'CallExpression' && call.type !== 'NewExpression') return []
    if (statement === undefined || blockOf(syntax, call) === undefined) return []
    return [
      {
        framework,
        syntax,
        call,
        name: nameOf(syntax, call),
        statement,
        factory: functionOf(syntax, call),
      },
    ]
  })
}

/** What a value is assigned to, if a later line can use it. */
export function nameOf(syntax: Syntax, value: Node): string | undefined {
  let node = value
  let parent = syntax.parents.get(node)
  while (
    parent !== undefined &&
    /^(AwaitExpression|TS(As|NonNull|Satisfies)\w*)$/.test(parent.type)
  ) {
    node = parent
    parent = syntax.parents.get(node)
  }
  if (parent?.type === 'VariableDeclarator' && parent.id.type === 'Identifier')
    return parent.id.name
  if (parent?.type !== 'AssignmentExpression' || parent.right !== node) return undefined
  return isName(parent.left) ? written(syntax, parent.left) : undefined
}

/** `app`, `this.app`. */
export function isName(node: Node): boolean {
  return (
    node.type === 'Identifier' ||
    (node.type === 'MemberExpression' && !node.computed && node.object.type === 'ThisExpression')
  )
}

export function written(syntax: Syntax, node: Node): string {
  const { start, end } = placeOf(node)
  return syntax.text.slice(start, end)
}
