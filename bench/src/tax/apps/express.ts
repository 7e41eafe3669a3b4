import type { RequestListener } from 'node:http'
import * as log from '@clew/log'
import * as metrics from '@clew/metrics'
import * as trace from '@clew/trace'
import type { Handler } from 'express'
import { createGuard, httpOptions, logs } from '../clew.ts'
import type { Subject } from '../subject.ts'
import { audience, issuer, scope, secret } from '../token.ts'
import { require } from '../usual.ts'

/** One route that writes a line and answers JSON, in whatever surrounds it. */
export function createExpress(subject: Subject): RequestListener {
  const express = require('express') as typeof import('express')
  const app = express()
  app.disable('x-powered-by')
  const { before, guards, write } = subject.stack === 'usual' ? usual(subject) : clew(subject)
  for (const each of before) app.use(each as Handler)
  app.get('/orders/:id', ...(guards as Handler[]), (req, res) => {
    write?.(req, String(req.params['id']))
    res.json({ id: req.params['id'], items: 3 })
  })
  return app
}

function clew(subject: Subject) {
  const { parts } = subject
  return {
    before: [
      ...(parts.includes('trace') ? [trace.http()] : []),
      ...(logs(subject) ? [log.http(httpOptions(subject))] : []),
      ...(parts.includes('metrics') ? [metrics.http()] : []),
    ],
    guards: parts.includes('security') ? [createGuard()] : [],
    write: logs(subject)
      ? (_req: unknown, id: string) => log.info('reading order', { order_id: id })
      : undefined,
  }
}

function usual({ parts }: Subject) {
  const { auth, requiredScopes } =
    require('express-oauth2-jwt-bearer') as typeof import('express-oauth2-jwt-bearer')
  const pino = require('pino') as typeof import('pino').default
  const pinoHttp = require('pino-http') as typeof import('pino-http').default
  return {
    before: parts.includes('log') ? [pinoHttp({}, pino.destination('/dev/null'))] : [],
    guards: parts.includes('security')
      ? [auth({ secret, issuer, audience, tokenSigningAlg: 'HS256' }), requiredScopes(scope)]
      : [],
    write: parts.includes('log')
      ? (req: unknown, id: string) =>
          (req as { log: import('pino').Logger }).log.info({ order_id: id }, 'reading order')
      : undefined,
  }
}
