import { type Creation, written } from '../application/creation.ts'
import { blockOf, isBlock } from '../source/scopes.ts'
import type { Node, Syntax } from '../source/syntax.ts'

/** Where Express is told of errors: behind the routes, in front of the application's own error handlers. */
export function lateErrorsPlace({ syntax, statement, name = '' }: Creation): {
  readonly node: Node
  readonly side: 'before' | 'after'
} {
  const block = blockOf(syntax, statement)
  const statements: readonly Node[] = block !== undefined && isBlock(block) ? block.body : []
  const mounted = statements
    .slice(statements.indexOf(statement) + 1)
    .flatMap((each) => mountOf(syntax, each, name) ?? [])
  const handler = mounted.find(({ isErrorHandler }) => isErrorHandler)
  if (handler !== undefined) return { node: handler.statement, side: 'before' }
  return { node: mounted.at(-1)?.statement ?? statement, side: 'after' }
}

interface Mount {
  readonly statement: Node
  readonly isErrorHandler: boolean
}

const mounting = /^(use|route|all|get|head|post|put|patch|delete|options|param|set|enable|disable)$/

/** `app.use(…)`, or a call that is given the application: `routes(app)`, `await load({ app })`. */
function mountOf(syntax: Syntax, statement: Node, name: string): Mount | undefined {
  if (statement.type !== 'ExpressionStatement') return undefined
  const { expression } = statement
  const call = expression.type === 'AwaitExpression' ? expression.argument : expression
  if (call.type !== 'CallExpression') return undefined
  const method = methodOf(syntax, call.callee, name)
  if (method === undefined) {
    const isGiven = call.arguments.some((each) => isGivenIn(syntax, each, name))
    return isGiven ? { statement, isErrorHandler: false } : undefined
  }
  if (!mounting.test(method)) return undefined
  const isErrorHandler =
    method === 'use' && call.arguments.some((each) => handlesErrors(syntax, each))
  return { statement, isErrorHandler }
}

function isGivenIn(syntax: Syntax, argument: Node, name: string): boolean {
  if (argument.type !== 'ObjectExpression') return written(syntax, argument) === name
  return argument.properties.some(
    (property) => property.type === 'ObjectProperty' && written(syntax, property.value) === name,
  )
}

/** The first method called on the application, also where others follow: `app.route('/x').get(…)`. */
function methodOf(syntax: Syntax, callee: Node, name: string): string | undefined {
  if (callee.type !== 'MemberExpression' || callee.property.type !== 'Identifier') return undefined
  if (written(syntax, callee.object) === name) return callee.property.name
  return callee.object.type === 'CallExpression'
    ? methodOf(syntax, callee.object.callee, name)
    : undefined
}

function handlesErrors(syntax: Syntax, node: Node): boolean {
  if (node.type === 'ArrowFunctionExpression' || node.type === 'FunctionExpression') {
    return node.params.length === 4
  }
  return /err(or)?/i.test(written(syntax, node)) && !/^['"`]/.test(written(syntax, node))
}
