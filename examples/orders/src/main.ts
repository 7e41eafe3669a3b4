// The orders service: everything a service needs in production, wired up in one file.
import * as config from '@clew/config'
import * as debug from '@clew/debug'
import * as health from '@clew/health'
import * as log from '@clew/log'
import * as metrics from '@clew/metrics'
import * as server from '@clew/server'
import * as trace from '@clew/trace'
import { ApiKeys, createAccess } from './access.ts'
import { openDatabase } from './database.ts'
import { createOrders } from './orders.ts'
import { createPaymentsClient } from './payments-client.ts'
import { createApp } from './routes.ts'

// Configuration from the environment (HTTP_ADDR, DATABASE_URL …); all problems are reported at
// once.
const cfg = config.loadOrExit({
  httpAddr: config.address({ default: ':8080' }),
  adminAddr: config.address({ default: '127.0.0.1:8081' }),
  databaseUrl: config
    .url({ protocols: ['postgres:', 'postgresql:'] })
    .secret()
    .optional(),
  databaseConnections: config.integer({ default: 10, min: 1, max: 100 }),
  paymentsUrl: config.url({ default: 'http://127.0.0.1:8090' }),
  issuerUrl: config.url({ default: 'http://127.0.0.1:8070' }),
  audience: config.string({ default: 'https://orders.example' }),
  apiKeys: config.schema(ApiKeys, { json: true }),
  reportsPasswordHash: config.string({ pattern: /^\$scrypt\$/ }).secret(),
  logLevel: config.oneOf(['debug', 'info', 'warn', 'error'], { default: 'info' }),
  readTimeout: config.duration({ default: '30s' }),
  writeTimeout: config.duration({ default: '60s' }),
  drainDelay: config.duration({ default: '5s' }),
})

// Telemetry goes to OTEL_EXPORTER_OTLP_ENDPOINT. A request's log lines are held back, and written
// only if it fails or is slow.
const service = { name: 'orders', version: '1.0.0' }
const logger = log.configure({
  level: cfg.logLevel,
  fields: { svc: service.name },
  hold: { slowMs: 1_000 },
})
const tracing = await trace.configure({ service, exporter: trace.otlp() })
const meters = await metrics.configure({ service, exporter: metrics.otlp(), prometheus: true })

// Business logic and access control.
const database = openDatabase(cfg.databaseUrl?.reveal(), cfg.databaseConnections)
const access = createAccess(cfg)
const orders = createOrders(database, createPaymentsClient(cfg.paymentsUrl))
const app = createApp(orders, access)

await server.serve(app, {
  service,
  logger,
  tracing,
  metrics: meters,
  security: access.api,
  health: health.checker(
    [
      health.pinger('database', () => database.query('select 1')),
      health.httpPinger('payments', new URL('/livez', cfg.paymentsUrl), { critical: false }),
    ],
    { version: service.version, cacheMs: 1_000 },
  ),
  debug: debug.console({ logger }),
  address: cfg.httpAddr,
  admin: { address: cfg.adminAddr },
  timeouts: { readMs: cfg.readTimeout, writeMs: cfg.writeTimeout },
  shutdown: { drainDelayMs: cfg.drainDelay, timeoutMs: 30_000 },
  onShutdown: [() => database.close()],
  onListening: ({ address, admin }) =>
    log.print('orders is up', { url: address.url, admin: admin?.url }),
})
