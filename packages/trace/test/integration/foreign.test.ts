import { fileURLToPath } from 'node:url'
import { type Collector, listen, nodeEval, startCollector } from '@clew/testing'
import * as trace from '@clew/trace'
import { afterEach, describe, expect, test } from '@jest/globals'
import { request } from 'undici'
import { memory } from '../memory.ts'

// Another SDK that starts after ours and instruments the same requests, in a process of its own.
const cwd = fileURLToPath(new URL('../..', import.meta.url))
const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

const program = (rest: string) => `
  import { createRequire } from 'node:module'
  const require = createRequire(process.cwd() + '/x.js')
  const trace = require('@clew/trace')
  const { NodeTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } = require('@opentelemetry/sdk-trace-node')
  const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http')
  const { UndiciInstrumentation } = require('@opentelemetry/instrumentation-undici')
  const tracing = await trace.configure({ service: { name: 'ours' }, exporter: trace.otlp(), sampler: 'always' })
  const reports = []
  tracing.subscribe(({ type, message }) => reports.push(type + ': ' + message))
  const theirs = new InMemorySpanExporter()
  const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(theirs)] })
  // What NodeSDK.start() does: the registration fails, the instrumentations get the provider.
  provider.register()
  for (const instrumentation of [new HttpInstrumentation(), new UndiciInstrumentation()]) {
    instrumentation.setTracerProvider(provider)
    instrumentation.enable()
  }
  const http = require('node:http')
  ${rest}
  await tracing.shutdown()
  console.log(JSON.stringify({ reports, result, theirs: theirs.getFinishedSpans().map(({ name, kind, attributes, events }) => ({
    name, kind, route: attributes['http.route'], events: events.length })) }))
  process.exit()`

async function run(rest: string) {
  const collector: Collector = await startCollector()
  closing.push(() => collector.close())
  const child = nodeEval(program(rest), {
    cwd,
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint },
  })
  await child.exit
  if (!child.stdout.startsWith('{')) throw new Error(child.stdout + child.stderr)
  const { reports, result, theirs } = JSON.parse(child.stdout) as {
    reports: string[]
    result: unknown
    theirs: { name: string; kind: number; route?: string; events: number }[]
  }
  return { reports, result, theirs, ours: collector.spans }
}

describe('an SDK that starts later', () => {
  test.each([
    ['fetch', 'await (await fetch(url)).text()', 'calls of undici and fetch'],
    [
      'node:http',
      "await new Promise((done) => http.get(url, (res) => res.resume().on('end', done)))",
      'outgoing calls',
    ],
  ])(
    '%s: one traceparent, in the trace of the active span, said once',
    async (_name, call, what) => {
      const carried: string[][] = []
      const { url, close } = await listen((req, res) => {
        carried.push(
          req.rawHeaders.filter((_value, at) =>
            /^traceparent$/i.test(req.rawHeaders[at - 1] ?? ''),
          ),
        )
        res.end()
      })
      closing.push(close)
      const { reports, result, theirs } = await run(`
      const url = ${JSON.stringify(url)}
      const result = await trace.span('active', async (span) => {
        for (let count = 0; count < 3; count++) { ${call} }
        return span.spanContext().traceId
      })`)
      expect(carried).toHaveLength(3)
      for (const headers of carried)
        expect(headers).toEqual([expect.stringContaining(String(result))])
      expect(theirs.map(({ kind }) => kind)).toEqual([2, 2, 2])
      expect(reports.filter((report) => report.startsWith('trace.stepped_back'))).toEqual([
        expect.stringContaining(`traces ${what} as well`),
      ])
    },
  )

  test('its server span gets the route and the exception, and there is no second one', async () => {
    const { reports, theirs, ours } = await run(`
      const express = require('express')
      const app = express()
      app.use(trace.http())
      app.get('/orders/:id', (req, res) => { trace.span('inside', () => {}); res.end() })
      app.get('/broken/:id', () => { throw new Error('broken') })
      app.use(trace.errors())
      app.use((error, req, res, next) => res.status(500).end())
      const server = http.createServer(app).listen(0, '127.0.0.1')
      await new Promise((resolve) => server.once('listening', resolve))
      const result = server.address().port
      const { connect } = require('node:net')
      for (const path of ['/orders/1', '/broken/2']) {
        const socket = connect(result, '127.0.0.1')
        socket.write('GET ' + path + ' HTTP/1.1\\r\\nhost: x\\r\\nconnection: close\\r\\n\\r\\n')
        await new Promise((resolve) => socket.resume().on('close', resolve))
      }`)
    expect(theirs).toEqual([
      { name: 'GET /orders/:id', kind: 1, route: '/orders/:id', events: 0 },
      { name: 'GET /broken/:id', kind: 1, route: '/broken/:id', events: 1 },
    ])
    expect(ours.map(({ name }) => name)).toEqual(['inside'])
    expect(reports.filter((report) => report.includes('incoming requests'))).toHaveLength(1)
  })
})

test('Datadog: a call that carries its context is left as it is, said once', async () => {
  const spans = memory()
  const tracing = await trace.configure({
    service: { name: 't' },
    exporter: spans,
    sampler: 'always',
  })
  const reports: trace.Report[] = []
  tracing.subscribe((report) => reports.push(report))
  const carried: unknown[] = []
  const { url, close } = await listen((req, res) => {
    carried.push(req.headers.traceparent)
    res.end()
  })
  closing.push(close)
  const home = globalThis as { _ddtrace?: unknown }
  home._ddtrace = {}
  try {
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
    const headers = { traceparent, 'x-datadog-trace-id': '1' }
    await trace.span('active', async () => {
      for (let count = 0; count < 2; count++) await (await request(url, { headers })).body.dump()
    })
    expect(carried).toEqual([traceparent, traceparent])
  } finally {
    delete home._ddtrace
    await tracing.shutdown()
  }
  expect(spans.spans.map(({ name }) => name)).toEqual(['active'])
  expect(reports.map(({ type }) => type)).toEqual(['trace.stepped_back'])
})
