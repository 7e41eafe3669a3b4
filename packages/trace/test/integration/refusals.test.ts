// What real receivers refuse: the exporters and gRPC are those of production.
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Collector, type CollectorOptions, startCollector } from '@clew/testing'
import * as trace from '@clew/trace'
import { afterEach, expect, test } from '@jest/globals'
import { trace as api } from '@opentelemetry/api'

let collector: Collector | undefined
let tracing: trace.Tracing | undefined
const closing: (() => unknown)[] = []
const said: trace.Report[] = []

afterEach(async () => {
  await tracing?.shutdown()
  await collector?.close()
  collector = undefined
  said.length = 0
  for (const close of closing.splice(0)) await close()
})

async function start(exporter: trace.OtlpOptions, options: Partial<trace.ConfigureOptions> = {}) {
  tracing = await trace.configure({
    service: { name: 'orders' },
    exporter: trace.otlp(exporter),
    sampler: 'always',
    shutdownTimeoutMs: 60_000,
    clients: false,
    ...options,
  })
  tracing.subscribe((report) => said.push(report))
  return tracing
}

async function overGrpc(options: CollectorOptions = {}, more: trace.OtlpOptions = {}) {
  collector = await startCollector(options)
  const running = await start({ endpoint: collector.endpoint, ...more })
  return { tracing: running, collector }
}

async function overHttp(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1')
  closing.push(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return start({ protocol: 'http/protobuf', endpoint: `http://127.0.0.1:${port}` })
}

const refusal = (code: number, message = 'refused') => Object.assign(new Error(message), { code })
const large = 'x'.repeat(4000)
const make = (count: number, attributes: Record<string, string> = {}) => {
  for (let at = 0; at < count; at++) trace.span(`s${at}`, attributes, () => {})
}

test.each([
  ['split before it is sent', {}],
  ['refused by the receiver, and then split', { maxRequestBytes: 2 ** 30 }],
])('a batch of 6 MB is %s: everything arrives', async (_what, options) => {
  const { tracing, collector } = await overGrpc({}, options)
  const many = Object.fromEntries(Array.from({ length: 4 }, (_, at) => [`a${at}`, large]))
  make(400, many)
  await tracing.flush()
  expect(tracing.counts()).toEqual({ exported: 400, dropped: 0, failed: 0, rejected: 0 })
  expect(collector.spans).toHaveLength(400)
  expect(said).toEqual([])
})

test('one span that is larger than any request is given up; the others arrive', async () => {
  const { tracing, collector } = await overGrpc({}, { maxRequestBytes: 10_000 })
  make(20)
  trace.span('huge', { a: large, b: large, c: large }, () => {})
  make(20)
  await tracing.flush()
  expect(collector.spans).toHaveLength(40)
  expect(tracing.counts()).toEqual({ exported: 40, dropped: 0, failed: 1, rejected: 0 })
  expect(said.map(({ type }) => type)).toEqual(['trace.export_failed'])
  expect(said[0]?.message).toContain('larger than 10000 (maxRequestBytes); a span is given up')
})

test('a span that the encoder cannot read is given up; the others arrive', async () => {
  const { tracing, collector } = await overGrpc()
  make(300)
  for (const name of [undefined, null, 7, {}]) {
    api
      .getTracer('theirs')
      .startSpan(name as never)
      .end()
  }
  make(300)
  await tracing.flush()
  expect(collector.spans.filter(({ name }) => /^s\d/.test(name))).toHaveLength(600)
  const { exported, failed } = tracing.counts()
  expect(failed).toBeGreaterThan(0)
  expect(exported + failed).toBe(604)
})

test('a partial success over gRPC', async () => {
  const { tracing } = await overGrpc({
    answer: () => ({ partialSuccess: { rejectedSpans: 2, errorMessage: 'too old' } }),
  })
  make(3)
  await tracing.flush()
  expect(tracing.counts()).toEqual({ exported: 1, dropped: 0, failed: 0, rejected: 2 })
  expect(said).toEqual([
    expect.objectContaining({
      type: 'trace.partial_success',
      message: 'the collector accepted an export in part (2 of 3 spans rejected): too old',
    }),
  ])
})

test('a partial success over HTTP', async () => {
  // ExportTraceServiceResponse { partial_success { rejected_spans: 2, error_message: "old" } }
  const body = Buffer.from([0x0a, 7, 0x08, 2, 0x12, 3, ...Buffer.from('old')])
  const tracing = await overHttp((req, res) => {
    req.resume().on('end', () => res.setHeader('content-type', 'application/x-protobuf').end(body))
  })
  make(3)
  await tracing.flush()
  expect(tracing.counts()).toMatchObject({ exported: 1, rejected: 2 })
})

test('what is refused for good is sent once, and what comes after it arrives', async () => {
  let refused = 0
  const { tracing, collector } = await overGrpc({
    answer(_signal, call) {
      if (call > 1) return undefined
      refused++
      return refusal(16)
    },
  })
  make(3)
  await tracing.flush()
  make(2)
  await tracing.flush()
  expect(refused).toBe(1)
  expect(tracing.counts()).toEqual({ exported: 2, dropped: 0, failed: 3, rejected: 0 })
  expect(collector.spans).toHaveLength(2)
})

test('an endpoint with a query keeps it behind the path', async () => {
  const urls: unknown[] = []
  const server = createServer((req, res) => {
    urls.push(req.url)
    req.resume().on('end', () => res.end())
  }).listen(0, '127.0.0.1')
  closing.push(() => server.close())
  await once(server, 'listening')
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  for (const endpoint of ['', '/', '/otlp?token=1', '/v1/traces?token=2']) {
    const tracing = await start({ protocol: 'http/protobuf', endpoint: base + endpoint })
    make(1)
    await tracing.shutdown()
  }
  expect(urls).toEqual([
    '/v1/traces',
    '/v1/traces',
    '/otlp/v1/traces?token=1',
    '/v1/traces?token=2',
  ])
})

test.each(['grpc', 'http/protobuf'])(
  'an illegal header in the environment is left out and reported, over %s',
  async (protocol) => {
    collector = await startCollector()
    const headers: unknown[] = []
    const server = createServer((req, res) => {
      headers.push(req.headers)
      req.resume().on('end', () => res.end())
    }).listen(0, '127.0.0.1')
    closing.push(() => server.close())
    await once(server, 'listening')
    const http = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const env = {
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      OTEL_EXPORTER_OTLP_HEADERS: 'bad name=s3cret,x-good=%20a b,x-bad=%0As3cret,x-bin=s3cret',
      OTEL_EXPORTER_OTLP_ENDPOINT: protocol === 'grpc' ? collector.endpoint : `${http}/?q=1`,
    }
    Object.assign(process.env, env)
    closing.push(() => {
      for (const name of Object.keys(env)) delete process.env[name]
    })
    const tracing = await start({ headers: { 'x-code': 'c', 'X-Good': 'code' } })
    expect(process.env).toMatchObject(env)
    make(1)
    await tracing.flush()
    expect(tracing.counts().exported).toBe(1)
    const [sent] = protocol === 'grpc' ? collector.metadata : headers
    expect(sent).toMatchObject({ 'x-good': 'a b', 'x-code': 'c' })
    expect(said.map(({ type }) => type)).toEqual(['trace.environment'])
    expect(JSON.stringify(said)).not.toContain('s3cret')
  },
)

test.each(['http://[bad', 'http://', ':'])(
  'OTEL_EXPORTER_OTLP_ENDPOINT=%s is reported and ignored',
  async (endpoint) => {
    process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = endpoint
    closing.push(() => delete process.env['OTEL_EXPORTER_OTLP_ENDPOINT'])
    const { tracing } = await overGrpc()
    make(1)
    await tracing.flush()
    expect(tracing.counts().exported).toBe(1)
    expect(said.map(({ message }) => message)).toEqual([
      'OTEL_EXPORTER_OTLP_ENDPOINT is ignored: expected a URL',
    ])
  },
)
