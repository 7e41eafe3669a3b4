// The payments service, the second process of the example. Wired like the orders service, with
// fewer packages.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import * as config from '@clew/config'
import * as health from '@clew/health'
import * as log from '@clew/log'
import * as metrics from '@clew/metrics'
import * as server from '@clew/server'
import * as trace from '@clew/trace'
import express, { type NextFunction, type Request, type Response } from 'express'

const cfg = config.loadOrExit({
  httpAddr: config.address({ default: ':8090' }),
  logLevel: config.oneOf(['debug', 'info', 'warn', 'error'], { default: 'info' }),
})

const service = { name: 'payments', version: '1.0.0' }
const logger = log.configure({
  level: cfg.logLevel,
  fields: { svc: service.name },
  hold: { slowMs: 1_000 },
})
const tracing = await trace.configure({ service, exporter: trace.otlp() })
const meters = await metrics.configure({ service, exporter: metrics.otlp() })

const app = express().disable('x-powered-by')
app.post('/charges', express.json({ limit: '10kb' }), async (req, res) => {
  const { orderId, amount, card } = req.body
  log.info('charging', { order_id: orderId, amount })
  if (card === 'card_broken') throw new Error('the bank hung up')
  await trace.span('bank.transfer', { 'bank.card': card }, () =>
    sleep(card === 'card_slow' ? 1_200 : 5),
  )
  res.status(201).json({ id: randomUUID(), status: card === 'card_declined' ? 'declined' : 'paid' })
})
app.use((error: unknown, _req: Request, res: Response, _next: NextFunction) => {
  log.error(error, 'the charge failed')
  res.status(500).end()
})

await server.serve(app, {
  service,
  logger,
  tracing,
  metrics: meters,
  health: health.checker([]),
  probes: true, // /livez and /readyz on the public listener: there is no admin listener
  address: cfg.httpAddr,
  onListening: ({ address }) => log.print('payments is up', { url: address.url }),
})
