import type { RequestListener } from 'node:http'
import { info } from '@clew/log'
import * as log from '@clew/log/hono'
import * as metrics from '@clew/metrics/hono'
import { guard } from '@clew/security/hono'
import * as trace from '@clew/trace/hono'
import { getRequestListener } from '@hono/node-server'
import { httpInstrumentationMiddleware } from '@hono/otel'
import { Hono } from 'hono'
import { jwt } from 'hono/jwt'
import { pino } from 'pino'
import { createGuard, httpOptions, logs } from '../clew.ts'
import type { Subject } from '../subject.ts'
import { audience, issuer, scope, secret } from '../token.ts'

type Env = { Variables: { logger: import('pino').Logger; jwtPayload: { scope: string } } }

/** One route that writes a line and answers JSON, in whatever surrounds it. */
export function createHono(subject: Subject): RequestListener {
  const app = new Hono<Env>()
  const write = subject.stack === 'usual' ? usual(app, subject) : clew(app, subject)
  app.get('/orders/:id', (hono) => {
    const id = hono.req.param('id')
    write?.(hono, id)
    return hono.json({ id, items: 3 })
  })
  return getRequestListener(app.fetch)
}

type Write = (hono: { readonly var: Env['Variables'] }, id: string) => void

function clew(app: Hono<Env>, subject: Subject): Write | undefined {
  const { parts } = subject
  if (parts.includes('trace')) app.use(trace.http())
  if (logs(subject)) app.use(log.http(httpOptions(subject)))
  if (parts.includes('metrics')) app.use(metrics.http())
  if (parts.includes('security')) app.get('/orders/:id', guard(createGuard()) as never)
  return logs(subject) ? (_hono, id) => info('reading order', { order_id: id }) : undefined
}

/** hono/jwt, @hono/otel, and the line of pino-http by hand: Hono has no package of its own for it. */
function usual(app: Hono<Env>, { parts }: Subject): Write | undefined {
  if (parts.includes('trace') || parts.includes('metrics')) app.use(httpInstrumentationMiddleware())
  if (parts.includes('log')) {
    const logger = pino(pino.destination('/dev/null'))
    let count = 0
    app.use(async (hono, next) => {
      const startMs = performance.now()
      const child = logger.child({
        req: { id: ++count, method: hono.req.method, url: hono.req.path },
      })
      hono.set('logger', child)
      await next()
      const responseTime = performance.now() - startMs
      child.info({ res: { statusCode: hono.res.status }, responseTime }, 'request completed')
    })
  }
  if (parts.includes('security')) {
    app.use(
      jwt({ secret, alg: 'HS256', verification: { iss: issuer, aud: audience, typ: 'at+jwt' } }),
    )
    app.use(async (hono, next) => {
      if (!hono.var.jwtPayload.scope.split(' ').includes(scope)) return hono.text('forbidden', 403)
      return next()
    })
  }
  return parts.includes('log')
    ? (hono, id) => hono.var.logger.info({ order_id: id }, 'reading order')
    : undefined
}
