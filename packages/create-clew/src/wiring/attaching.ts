import { packageOf } from './areas.ts'
import type { Context } from './context.ts'
import type { Text } from './file-edit.ts'
import { isWired } from './needs.ts'
import { attachOptions, type Part } from './parts.ts'
import type { SetUp } from './set-up.ts'

/** Lets the server have the application's listener, behind what it needs. */
export function attach(context: Context, { lines, parts }: SetUp): void {
  const { creation, listening } = context.application
  if (listening === undefined) return
  const edit = context.edit(listening.syntax)
  const server = edit.namespace('server', packageOf('server'))
  const { how, statement, app } = listening
  const options = attachOptions([...ownOptions(context), ...parts])
  const isTypeScript = /\.[cm]?tsx?$/.test(listening.syntax.path)
  // Hono's server may be one of HTTP/2, too.
  const type = isTypeScript && creation.framework === 'hono' ? " as import('node:http').Server" : ''
  const attached = (http: string) => joined(`${server}.attach(${http}${type}, `, options)
  switch (how.kind) {
    case 'around':
      edit.before(statement, lines)
      // The first of these lines ends one that is there.
      edit.around(how.expression, 'server', `${server}.attach(`, joined(`${type}, `, options))
      return
    case 'after':
      edit.after(statement, [...lines, attached(how.server)])
      return
    case 'before': {
      const http = creation.framework === 'nest' ? `${app}.getHttpServer()` : `${app}.server`
      edit.before(statement, [...lines, attached(http)])
    }
  }
}

function ownOptions(context: Context): Part[] {
  const { creation, listening } = context.application
  const closes = creation.framework === 'fastify' || creation.framework === 'nest'
  const hasProbes = context.has('health') || isWired(context.project, 'health')
  const texts = [
    'admin: {}',
    ...(hasProbes ? ['probes: true'] : []),
    ...(closes && listening?.app !== undefined
      ? [`onShutdown: [() => ${listening.app}.close()]`]
      : []),
  ]
  return texts.map((text) => ({ area: 'server', text }))
}

function joined(call: string, options: Text): Text {
  return options.map(({ area, text }, index) => ({
    area,
    text: `${index === 0 ? call : ''}${text}${index === options.length - 1 ? ')' : ''}`,
  }))
}
