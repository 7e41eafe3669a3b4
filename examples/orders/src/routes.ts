import * as log from '@clew/log'
import * as security from '@clew/security'
import express, { type ErrorRequestHandler, type Express } from 'express'
import type { Access } from './access.ts'
import { NewOrder, type Orders } from './orders.ts'

/**
 * All routes with their policies. The default policy of the API requires a token with scope
 * api:read.
 */
export function createApp(orders: Orders, { api, jwt, key, basic }: Access): Express {
  const app = express().disable('x-powered-by')
  const catalog = api.service('catalog', key)

  app.post(
    '/orders',
    api.method('create', jwt.scopes('api:write')),
    express.json({ limit: '10kb' }),
    async (req, res) => {
      const input = NewOrder.safeParse(req.body)
      if (!input.success) {
        const errors = input.error.issues.map((issue) => ({
          path: issue.path.join('.'),
          message: issue.message,
        }))
        res.status(422).json({ title: 'The order is not valid', errors })
        return
      }
      res.status(201).json(await orders.create(input.data))
    },
  )

  app.get('/orders/:id', api.method('show'), async (req, res) => {
    const id = String(req.params['id'])
    const order = /^[0-9a-f-]{36}$/.test(id) ? await orders.find(id) : undefined
    if (order) res.json(order)
    else res.status(404).json({ title: 'Order not found' })
  })

  app.get('/users', catalog.method('users'), (_req, res) => {
    res.json([{ name: 'ada' }, { name: 'grace' }])
  })

  app.get('/admin', api.method('admin', jwt.scopes('api:admin')), async (req, res) => {
    res.json({ orders: await orders.count(), you: security.principal(req)?.subject })
  })

  app.get('/reports', api.method('reports', basic), async (_req, res) => {
    res.json({ orders: await orders.count() })
  })

  app.get('/public', api.method('public', security.noSecurity('opening hours')), (_req, res) => {
    res.json({ open: true })
  })

  app.use(onError)
  return app
}

/** Handles every error: logs it with its cause, and answers the client without details. */
const onError: ErrorRequestHandler = (error, _req, res, next) => {
  if (res.headersSent) return next(error)
  const status = statusOf(error)
  if (status >= 500) log.error(error, 'request failed')
  res.status(status).json({ title: titles[status] ?? 'The request failed' })
}

const titles: Readonly<Record<number, string>> = {
  400: 'The body is not valid JSON',
  413: 'The body is too large',
  502: 'Payments failed',
  503: 'The database is unavailable',
}

function statusOf(error: { code?: string; status?: number }): number {
  if (error.code === 'ERR_PAYMENT_FAILED') return 502
  if (error.code === 'ERR_DATABASE_UNAVAILABLE') return 503
  return error.status ?? 500
}
