// The cost of measuring a request: CPU time of the whole server process with Express, compared with
// a prom-client middleware and with the metrics of @opentelemetry/instrumentation-http.
import { once } from 'node:events'
import type http from 'node:http'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import * as metrics from '@clew/metrics'
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http'
import {
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { Histogram, Registry } from 'prom-client'
import { budget } from './report/budgets.ts'
import { type RequestLoad, requestCost } from './service/request-cost.ts'
import { runService } from './service/service.ts'

interface App extends RequestListener {
  use(middleware: metrics.Middleware): void
  get(path: string, handler: RequestListener): void
}

// Load http and express with require, since the instrumentation can only patch them there.
const require = createRequire(import.meta.url)

function app(...before: metrics.Middleware[]): App {
  const routes = (require('express') as () => App)()
  for (const middleware of before) routes.use(middleware)
  routes.get('/orders/:id', (_req, res) => {
    res.setHeader('content-type', 'application/json')
    res.end('{"ok":true}')
  })
  return routes
}

async function createOurs(): Promise<App> {
  const meters = await metrics.configure({
    service: { name: 'bench' },
    prometheus: true,
    runtime: false,
    clients: false,
  })
  return app(meters.http())
}

/** Works like express-prom-bundle, but labels with the route instead of the path. */
function createPromClient(): App {
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Duration of requests',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
    registers: [new Registry()],
  })
  return app((req: IncomingMessage & { route?: { path: string } }, res: ServerResponse, next) => {
    const end = duration.startTimer({ method: req.method ?? '' })
    res.once('finish', () => end({ route: req.route?.path ?? '', status: res.statusCode }))
    next()
  })
}

function createInstrumented(): App {
  const exporter = new InMemoryMetricExporter(1)
  const provider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter })] })
  const instrumented = new HttpInstrumentation()
  instrumented.setMeterProvider(provider)
  instrumented.enable()
  return app()
}

const bare = 'express'
const clew = '@clew/metrics'
const otel = 'instrumentation-http'
const variants: Record<string, () => App | Promise<App>> = {
  [bare]: () => app(),
  [clew]: createOurs,
  'prom-client middleware': createPromClient,
  [otel]: createInstrumented,
}

const load: RequestLoad = {
  warmUp: 8000,
  requests: 5000,
  connections: 16,
  path: (index) => `/orders/${index}`,
}
const rounds = 9

/** Runs in the child: serves one variant, and answers each message with its CPU time. */
async function serve(name: string): Promise<void> {
  const routes = await variants[name]?.()
  const server = (require('node:http') as typeof http).createServer(routes)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  runService((server.address() as AddressInfo).port)
}

export async function run(): Promise<void> {
  const best = new Map<string, number>()
  for (let round = 0; round < rounds; round++) {
    for (const name of Object.keys(variants)) {
      best.set(
        name,
        Math.min(await requestCost(import.meta.url, name, load), best.get(name) ?? Infinity),
      )
    }
  }
  const base = best.get(bare) ?? 0
  const added = (name: string) => (best.get(name) ?? 0) - base
  console.log(`\na request to Express: ${base.toFixed(1)} µs of CPU time; in addition`)
  for (const name of best.keys()) {
    if (name !== bare) console.log(`  ${name.padEnd(24)} ${added(name).toFixed(1).padStart(6)} µs`)
  }
  const ratio = added(clew) / added(otel)
  budget(`${clew} adds at most half of what ${otel} adds`, {
    holds: ratio <= 0.5,
    measured: `${ratio.toFixed(2)} ×`,
  })
}

if (process.argv[2] === 'serve') await serve(process.argv[3] ?? '')
