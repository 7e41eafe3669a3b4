import { importsOf, originOf } from '../source/imports.ts'
import { statementOf } from '../source/scopes.ts'
import { around, type Node, type Syntax } from '../source/syntax.ts'
import { type Creation, isName, nameOf, written } from './creation.ts'
import { type Files, importedAs } from './modules.ts'

/** Where an application begins to listen. */
export interface Listening {
  readonly syntax: Syntax
  /** How the file of this place writes the application. */
  readonly app: string | undefined
  readonly statement: Node
  /**
   * Where the server is taken: `around` this expression, whose value nobody uses; `after` the statement that gives it a
   * name; or `before` the statement, where the application knows its server.
   */
  readonly how:
    | { readonly kind: 'around'; readonly expression: Node }
    | { readonly kind: 'after'; readonly server: string }
    | { readonly kind: 'before' }
}

/** Where an application is known, and under which name. */
interface Known {
  readonly syntax: Syntax
  readonly name: string
}

/** The places where an application listens, in whichever file. */
export function listeningsOf(files: Files, creation: Creation): Listening[] {
  if (creation.framework === 'http') return listeningOfServer(creation)
  const places = [...files.values()].flatMap((syntax) =>
    namesOf(files, creation, syntax).map((name) => ({ syntax, name })),
  )
  const direct = creation.name === undefined ? chainedListening(creation) : []
  return [...direct, ...places.flatMap((known) => listeningsIn(known, creation))]
}

/** The names that an application has in a file. */
function namesOf(files: Files, creation: Creation, syntax: Syntax): string[] {
  const { name, factory } = creation
  const isOwn = syntax === creation.syntax
  const own =
    name === undefined ? [] : isOwn ? [name] : importedAs(files, syntax, creation.syntax, name)
  const maker = factory && functionName(creation.syntax, factory)
  if (maker === undefined) return own
  const makers = isOwn ? [maker] : importedAs(files, syntax, creation.syntax, maker)
  return [...new Set([...own, ...namesOfCalls(syntax, makers)])]
}

function functionName({ parents }: Syntax, factory: Node): string | undefined {
  if (factory.type === 'FunctionDeclaration') return factory.id?.name
  const parent = parents.get(factory)
  return parent?.type === 'VariableDeclarator' && parent.id.type === 'Identifier'
    ? parent.id.name
    : undefined
}

/** What is assigned the result of a function. */
function namesOfCalls(syntax: Syntax, functions: readonly string[]): string[] {
  return syntax.nodes.flatMap((node) => {
    if (node.type !== 'CallExpression' || node.callee.type !== 'Identifier') return []
    if (!functions.includes(node.callee.name)) return []
    return nameOf(syntax, node) ?? []
  })
}

function listeningsIn(known: Known, creation: Creation): Listening[] {
  return known.syntax.nodes.flatMap((node): Listening[] => {
    if (node.type !== 'CallExpression') return []
    const found =
      creation.framework === 'hono'
        ? honoListening(known, node)
        : methodListening(known, node, creation)
    const server = isServerOf(known, node) ? takenFrom(known, node) : undefined
    return [found, server].filter((each) => each !== undefined)
  })
}

type Call = Extract<Node, { type: 'CallExpression' }>

/** `app.listen(…)`. */
function methodListening(known: Known, call: Call, { framework }: Creation): Listening | undefined {
  const { syntax, name } = known
  const { callee } = call
  if (callee.type !== 'MemberExpression' || callee.property.type !== 'Identifier') return undefined
  if (callee.property.name !== 'listen' || !isName(callee.object)) return undefined
  if (written(syntax, callee.object) !== name) return undefined
  if (framework === 'express' || framework === 'koa') return takenFrom(known, call)
  const statement = statementOf(syntax, call)
  return statement && { syntax, app: name, statement, how: { kind: 'before' } }
}

/** `serve(…)` of @hono/node-server, with the application in its argument. */
function honoListening(known: Known, call: Call): Listening | undefined {
  const { syntax, name } = known
  const origin = originOf(importsOf(syntax), call.callee)
  if (origin?.module !== '@hono/node-server' || origin.name !== 'serve') return undefined
  const [first] = call.arguments
  if (first === undefined || !mentions(syntax, first, name)) return undefined
  return takenFrom(known, call)
}

/** `createServer(app)`, `createServer(app.callback())`, `createServer(getRequestListener(app.fetch))`. */
function isServerOf({ syntax, name }: Known, call: Call): boolean {
  const origin = originOf(importsOf(syntax), call.callee)
  const makesServer =
    /^(node:)?https?$/.test(origin?.module ?? '') && origin?.name === 'createServer'
  return makesServer && call.arguments.some((each) => mentions(syntax, each, name))
}

function mentions(syntax: Syntax, node: Node, name: string): boolean {
  const pattern = name.replaceAll('$', '\\$').replaceAll('.', '\\.')
  return new RegExp(`(?<![\\w$.])${pattern}(?![\\w$])`).test(written(syntax, node))
}

/** A server of node:http itself. */
function listeningOfServer(creation: Creation): Listening[] {
  const { syntax, call } = creation
  if (call.type !== 'CallExpression') return []
  const found = takenFrom({ syntax, name: undefined }, call)
  return found ? [found] : []
}

/** `express().listen(…)`: an application without a name. */
function chainedListening({ syntax, call }: Creation): Listening[] {
  const found = takenFrom({ syntax, name: undefined }, call)
  return found?.how.kind === 'around' && found.how.expression !== call ? [found] : []
}

const returningServer = /^(listen|on|once|addListener|setTimeout|ref|unref)$/

/** How to take the server that a call returns. */
function takenFrom(
  { syntax, name }: { readonly syntax: Syntax; readonly name: string | undefined },
  call: Creation['call'],
): Listening | undefined {
  const statement = statementOf(syntax, call)
  if (statement === undefined) return undefined
  const expression = chainOf(syntax, call)
  const server = nameOf(syntax, expression)
  if (server !== undefined) {
    return { syntax, app: name, statement, how: { kind: 'after', server } }
  }
  return isUnused(syntax, expression)
    ? { syntax, app: name, statement, how: { kind: 'around', expression } }
    : undefined
}

/** With what is called on the server in the same expression, and returns it: `.listen(…).on(…)`. */
function chainOf({ parents }: Syntax, call: Node): Node {
  let node: Node = call
  for (;;) {
    const member = parents.get(node)
    const outer = member && parents.get(member)
    if (member?.type !== 'MemberExpression' || member.object !== node) return node
    if (outer?.type !== 'CallExpression' || outer.callee !== member) return node
    if (member.property.type !== 'Identifier' || !returningServer.test(member.property.name))
      return node
    node = outer
  }
}

/** A statement of its own, or what a function of `then` returns. */
function isUnused(syntax: Syntax, node: Node): boolean {
  const [parent, call] = around(syntax, node)
  if (parent?.type === 'ExpressionStatement') return true
  if (parent?.type !== 'ArrowFunctionExpression' || call?.type !== 'CallExpression') return false
  return /\bthen$/.test(written(syntax, call.callee))
}
