import type { RequestListener } from 'node:http'
import { info } from '@clew/log'
import * as log from '@clew/log/fastify'
import * as metrics from '@clew/metrics/fastify'
import { protect } from '@clew/security/fastify'
import * as trace from '@clew/trace/fastify'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { createGuard, httpOptions, logs } from '../clew.ts'
import type { Subject } from '../subject.ts'
import { audience, issuer, scope, secret } from '../token.ts'
import { require } from '../usual.ts'

/** One route that writes a line and answers JSON, in whatever surrounds it. */
export async function createFastify(subject: Subject): Promise<RequestListener> {
  const fastify = require('fastify') as typeof import('fastify').default
  const { parts } = subject
  const isUsual = subject.stack === 'usual'
  const app = fastify({
    logger: isUsual && parts.includes('log') ? { file: '/dev/null' } : false,
  }) as unknown as FastifyInstance
  const { write, ...options } = isUsual ? await usual(app, subject) : clew(app, subject)
  app.get('/orders/:id', options, async (request) => {
    const { id } = request.params as { id: string }
    write?.(request, id)
    return { id, items: 3 }
  })
  await app.ready()
  return app.routing as RequestListener
}

function clew(app: FastifyInstance, subject: Subject) {
  const { parts } = subject
  if (parts.includes('trace')) app.addHook('onRequest', trace.http())
  if (logs(subject)) app.addHook('onRequest', log.http(httpOptions(subject)))
  if (parts.includes('metrics')) app.addHook('onRequest', metrics.http())
  if (parts.includes('security')) protect(app as never)
  return {
    ...(parts.includes('security') ? { config: { security: createGuard() } as object } : {}),
    write: logs(subject)
      ? (_request: unknown, id: string) => info('reading order', { order_id: id })
      : undefined,
  }
}

async function usual(app: FastifyInstance, { parts }: Subject) {
  if (parts.includes('security')) {
    await app.register(require('@fastify/jwt') as typeof import('@fastify/jwt').default, {
      secret,
      verify: { allowedIss: issuer, allowedAud: audience },
    })
  }
  const authenticate = async (request: FastifyRequest) => {
    const { scope: granted } = await request.jwtVerify<{ scope: string }>()
    if (!granted.split(' ').includes(scope)) throw new Error('insufficient scope')
  }
  return {
    ...(parts.includes('security') ? { onRequest: authenticate } : {}),
    write: parts.includes('log')
      ? (request: FastifyRequest, id: string) => request.log.info({ order_id: id }, 'reading order')
      : undefined,
  }
}
