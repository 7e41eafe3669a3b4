// The cost of a server span: CPU time of the whole server process, compared with
// @opentelemetry/instrumentation-http (and -express).
import { AsyncLocalStorage } from 'node:async_hooks'
import { once } from 'node:events'
import http, { type RequestListener, type Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import * as trace from '@clew/trace'
import { ROOT_CONTEXT, SpanKind } from '@opentelemetry/api'
import { ExpressInstrumentation } from '@opentelemetry/instrumentation-express'
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http'
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  NodeTracerProvider,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-node'
import { budget } from './report/budgets.ts'
import { type RequestLoad, requestCost } from './service/request-cost.ts'
import { runService } from './service/service.ts'

// Every variant batches its spans and discards them, since only the cost of the request is
// compared.
const discard: SpanExporter = {
  export: (_spans, done) => done({ code: 0 }),
  shutdown: () => Promise.resolve(),
}

const answer: RequestListener = (_req, res) => {
  res.setHeader('content-type', 'application/json')
  res.end('{"ok":true}')
}

interface App extends RequestListener {
  use(middleware: trace.Middleware): void
  get(path: string, handler: RequestListener): void
}

// Load http and express with require, since the instrumentation can only patch them there.
const require = createRequire(import.meta.url)

async function createOurs(sampler: 'always' | 'never'): Promise<trace.Middleware> {
  await trace.configure({ service: { name: 'bench' }, exporter: discard, sampler })
  return trace.http()
}

function instrument(sampled: boolean): typeof http {
  const provider = new NodeTracerProvider({
    sampler: sampled ? new AlwaysOnSampler() : new AlwaysOffSampler(),
    spanProcessors: [new BatchSpanProcessor(discard)],
  })
  provider.register()
  for (const instrumentation of [new HttpInstrumentation(), new ExpressInstrumentation()]) {
    instrumentation.setTracerProvider(provider)
    instrumentation.enable()
  }
  return require('node:http') as typeof http
}

async function traced(sampler: 'always' | 'never'): Promise<Server> {
  const middleware = await createOurs(sampler)
  return http.createServer((req, res) => middleware(req, res, () => answer(req, res)))
}

/**
 * What both have to pay: an asynchronous context per request, and the SDK's span with the same
 * attributes.
 */
function floor({ sampled }: { readonly sampled: boolean }): Server {
  const storage = new AsyncLocalStorage<object>()
  if (!sampled) {
    return http.createServer((req, res) => storage.run({ req }, () => answer(req, res)))
  }
  const provider = new NodeTracerProvider({
    sampler: new AlwaysOnSampler(),
    spanProcessors: [new BatchSpanProcessor(discard)],
  })
  const tracer = provider.getTracer('bench')
  return http.createServer((req, res) => {
    const attributes = {
      'http.request.method': req.method,
      'url.path': req.url,
      'url.query': 'page=2',
      'url.scheme': 'http',
      'server.address': '127.0.0.1',
      'server.port': 80,
      'client.address': req.socket.remoteAddress,
      'network.peer.address': req.socket.remoteAddress,
      'network.peer.port': req.socket.remotePort,
      'network.protocol.version': req.httpVersion,
      'user_agent.original': req.headers['user-agent'],
    }
    const span = tracer.startSpan('GET', { kind: SpanKind.SERVER, attributes }, ROOT_CONTEXT)
    res.on('finish', () => {
      span.setAttribute('http.response.status_code', res.statusCode)
      span.end()
    })
    storage.run({ span }, () => answer(req, res))
  })
}

function app(...before: trace.Middleware[]): Server {
  const express = require('express') as () => App
  const routes = express()
  for (const middleware of before) routes.use(middleware)
  routes.get('/orders/:id', (req, res) => answer(req, res))
  return http.createServer(routes)
}

function instrumentedApp(): Server {
  instrument(true)
  return app()
}

const variants: Record<string, () => Server | Promise<Server>> = {
  'node:http': () => http.createServer(answer),
  'AsyncLocalStorage alone': () => floor({ sampled: false }),
  'AsyncLocalStorage and the span of the SDK alone': () => floor({ sampled: true }),
  '@clew/trace, unsampled': () => traced('never'),
  '@clew/trace, sampled': () => traced('always'),
  'instrumentation-http, unsampled': () => instrument(false).createServer(answer),
  'instrumentation-http, sampled': () => instrument(true).createServer(answer),
  express: () => app(),
  'express, @clew/trace, sampled': async () => app(await createOurs('always')),
  'express, instrumentation-http and -express, sampled': instrumentedApp,
}

// Long enough for the JIT compiler to finish: a service runs for days.
const load: RequestLoad = {
  warmUp: 10_000,
  requests: 8000,
  connections: 16,
  path: (index) => `/orders/${index}?page=2`,
  headers: { 'user-agent': 'bench', accept: '*/*' },
}
const rounds = 7

/** Runs in the child: serves one variant, and answers each message with its CPU time. */
async function serve(name: string): Promise<void> {
  const server = (await variants[name]?.()) as Server
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
        Math.min(
          best.get(name) ?? Number.POSITIVE_INFINITY,
          await requestCost(import.meta.url, name, load),
        ),
      )
    }
  }
  const time = (name: string) => best.get(name) ?? Number.NaN
  console.log(`\nCPU time per request, best of ${rounds} rounds of ${load.requests} requests`)
  for (const name of Object.keys(variants)) {
    const base = name.startsWith('express') ? 'express' : 'node:http'
    const added = name === base ? '' : `+${(time(name) - time(base)).toFixed(1)} µs`
    console.log(
      `  ${name.padEnd(54)} ${time(name).toFixed(1).padStart(7)} µs ${added.padStart(11)}`,
    )
  }
  console.log('\nAdded cost, relative to the instrumentation (budget: at most 0.5)')
  const pairs = [
    ['node:http', '@clew/trace, unsampled', 'instrumentation-http, unsampled'],
    ['node:http', '@clew/trace, sampled', 'instrumentation-http, sampled'],
    [
      'node:http',
      'AsyncLocalStorage and the span of the SDK alone',
      'instrumentation-http, sampled',
    ],
    [
      'express',
      'express, @clew/trace, sampled',
      'express, instrumentation-http and -express, sampled',
    ],
  ] as const
  for (const [base, ours, other] of pairs) {
    const ratio = (time(ours) - time(base)) / (time(other) - time(base))
    if (ours.startsWith('AsyncLocalStorage')) {
      console.log(`  ${ours.padEnd(54)} ${ratio.toFixed(2)} ×  the floor`)
    } else {
      budget(`${ours}: adds at most half of what ${other} adds`, {
        holds: ratio <= 0.5,
        measured: `${ratio.toFixed(2)} ×`,
      })
    }
  }
}

if (process.argv[2] === 'serve') await serve(process.argv[3] ?? '')
