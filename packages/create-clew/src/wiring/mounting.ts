import { written } from '../application/creation.ts'
import type { Node } from '../source/syntax.ts'
import { packageOf } from './areas.ts'
import type { Context } from './context.ts'
import type { FileEdit, Line } from './file-edit.ts'
import { lateErrorsPlace } from './late-errors.ts'
import { type Mounts, mountsOf } from './mounts.ts'
import { checkerIn } from './set-up.ts'

/** What follows the application: middleware, hooks and a guard. */
export function mountLines(context: Context): Line[] {
  const mounts = mountsIn(context)
  const { creation } = context.application
  const edit = context.edit(creation.syntax)
  const owner = context.errorsOwner
  return [
    ...(['trace', 'log', 'metrics'] as const).flatMap((area) =>
      context.has(area) ? mounts.watch(area, area === owner) : [],
    ),
    ...(context.has('health') && !context.has('server')
      ? mounts.probes(() => checkerIn(edit))
      : []),
    ...(context.has('security') ? guarded(edit, mounts) : []),
  ]
}

/** What follows the routes. */
export function addLateErrors(context: Context): void {
  const owner = context.errorsOwner
  if (owner === undefined) return
  const { creation } = context.application
  const lines = mountsIn(context).lateErrors(owner)
  const { node, side } = lateErrorsPlace(creation)
  if (lines.length > 0)
    context.edit(creation.syntax)[side](
      node,
      lines.map((line) => [line]),
    )
}

/** node:http: a guard stands in front of the handler that `createServer` is given. */
export function guardHandler(context: Context): void {
  const { creation } = context.application
  const handler = handlerOf(context.application)
  if (!context.has('security') || handler === undefined) return
  const edit = context.edit(creation.syntax)
  const { api, line } = createdApi(edit)
  const security = edit.namespace('security', packageOf('security'))
  edit.before(creation.statement, [[line]])
  edit.around(handler, 'security', `${security}.handler(${api}.method('app'), `, [
    { area: 'security', text: ')' },
  ])
}

export function handlerOf({ creation }: Context['application']): Node | undefined {
  const last = creation.call.arguments.at(-1)
  return last === undefined || last.type === 'ObjectExpression' ? undefined : last
}

function mountsIn(context: Context): Mounts {
  const { creation } = context.application
  return mountsOf(creation.framework, {
    edit: context.edit(creation.syntax),
    app: creation.name ?? '',
    isServed: context.has('server'),
    onFastify: /\bFastifyAdapter\b/.test(written(creation.syntax, creation.call)),
  })
}

function guarded(edit: FileEdit, mounts: Mounts): Line[] {
  const { api, line } = createdApi(edit)
  return [line, ...mounts.guard(`${api}.method('app')`)]
}

function createdApi(edit: FileEdit): { readonly api: string; readonly line: Line } {
  const security = edit.namespace('security', packageOf('security'))
  const api = edit.unusedName('api')
  const keys = `JSON.parse(process.env.API_KEYS ?? '[]')`
  const text = `const ${api} = ${security}.create({ default: ${security}.apiKey('api_key', { keys: ${keys} }) })`
  return { api, line: { area: 'security', text } }
}
