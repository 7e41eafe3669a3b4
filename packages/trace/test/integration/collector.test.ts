import { once } from 'node:events'
import { createServer, get, type IncomingHttpHeaders } from 'node:http'
import { connect } from 'node:net'
import { type Collector, type Listening, listen, startCollector } from '@clew/testing'
import * as trace from '@clew/trace'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import express from 'express'
import { request } from 'undici'

let collector: Collector
let tracing: trace.Tracing
const open: Listening[] = []

beforeEach(async () => {
  collector = await startCollector()
  tracing = await trace.configure({
    service: { name: 'orders', version: '1.2.3' },
    exporter: trace.otlp({ endpoint: collector.endpoint, headers: { 'x-key': 'k1' } }),
    sampler: 'always',
    resource: { 'deployment.environment.name': 'test' },
  })
})

afterEach(async () => {
  await tracing.shutdown()
  await Promise.all(open.splice(0).map((server) => server.close()))
  await collector.close()
})

async function serve(handler: Parameters<typeof listen>[0]): Promise<Listening> {
  const server = await listen(handler)
  open.push(server)
  return server
}

test('a span arrives over gRPC with its service, attributes and headers', async () => {
  expect(trace.span('create_order', { 'order.id': 7 }, () => 'made')).toBe('made')
  await tracing.flush()
  const [span] = collector.spans
  expect(span).toMatchObject({
    name: 'create_order',
    kind: 'internal',
    status: 'unset',
    parentSpanId: '',
    attributes: { 'order.id': 7 },
    resource: {
      'service.name': 'orders',
      'service.version': '1.2.3',
      'deployment.environment.name': 'test',
      'process.runtime.name': 'nodejs',
      'telemetry.sdk.language': 'nodejs',
    },
  })
  expect(collector.metadata[0]).toMatchObject({ 'x-key': 'k1' })
  expect(tracing.counts()).toEqual({ exported: 1, dropped: 0, failed: 0, rejected: 0 })
})

test('an Express request: server span by route, child span, error, and a client span to the next service', async () => {
  const traced = trace.http()
  const payments = await serve(
    createServer((req, res) => traced(req, res, () => res.writeHead(201).end())),
  )
  const app = express()
  app.use(trace.http({ trustedProxies: ['127.0.0.1'] }))
  app.use(trace.http())
  const router = express.Router()
  router.post('/orders/:id', async (_req, res) => {
    await trace.span('charge', async () => {
      const { statusCode, body } = await request(`${payments.url}/charge?token=abc&n=1`, {
        method: 'POST',
      })
      await body.dump()
      expect(statusCode).toBe(201)
      expect((await fetch(`${payments.url}/fetched`)).status).toBe(201)
    })
    try {
      trace.span('fails', () => {
        throw new RangeError('too much')
      })
    } catch {
      res.status(500).end()
    }
  })
  app.use('/api/v1', router)
  const { url } = await serve(app as never)

  const response = await request(`${url}/api/v1/orders/42?secret=s&page=2`, {
    method: 'POST',
    headers: {
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      'x-forwarded-for': '10.1.1.1, 203.0.113.9',
    },
  })
  expect(response.statusCode).toBe(500)
  await response.body.dump()

  const server = await found('POST /api/v1/orders/:id')
  expect(server).toMatchObject({
    traceId: '0af7651916cd43dd8448eb211c80319c',
    parentSpanId: 'b7ad6b7169203331',
    kind: 'server',
    status: 'error',
    attributes: {
      'http.request.method': 'POST',
      'http.route': '/api/v1/orders/:id',
      'http.response.status_code': 500,
      'error.type': '500',
      'url.path': '/api/v1/orders/42',
      'url.query': 'secret=REDACTED&page=2',
      'url.scheme': 'http',
      'client.address': '203.0.113.9',
      'network.peer.address': '127.0.0.1',
      'network.protocol.version': '1.1',
      'server.address': '127.0.0.1',
    },
  })
  const charge = await found('charge')
  expect(charge.parentSpanId).toBe(server.spanId)
  const fails = await found('fails')
  expect(fails).toMatchObject({
    status: 'error',
    statusMessage: 'too much',
    attributes: { 'error.type': 'RangeError' },
    events: [{ name: 'exception', attributes: { 'exception.type': 'RangeError' } }],
  })
  const clients = collector.spans.filter(
    (span) => span.kind === 'client' && span.parentSpanId === charge.spanId,
  )
  expect(clients.map((span) => span.attributes['url.full'])).toEqual([
    `${payments.url}/charge?token=REDACTED&n=1`,
    `${payments.url}/fetched`,
  ])
  const called = collector.spans.filter(
    (span) =>
      span.kind === 'server' && clients.some((client) => client.spanId === span.parentSpanId),
  )
  expect(called.map((span) => [span.name, span.traceId])).toEqual([
    ['POST', server.traceId],
    ['GET', server.traceId],
  ])
  expect(collector.spans.filter((span) => span.traceId === server.traceId)).toHaveLength(7)
})

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const isEarly = major > 22 || (major === 22 && minor >= 12)

test('node:http calls have a client span, and carry its context where Node tells early enough', async () => {
  const carried: unknown[] = []
  const { url, port } = await serve((req, res) => {
    carried.push(req.headers.traceparent)
    res.writeHead(404).end()
  })
  await trace.span('parent', async () => {
    const req = get(`${url}/missing?sig=1`)
    const [res] = await once(req, 'response')
    res.resume()
    await once(req, 'close')
  })
  const client = await found('GET')
  const parent = await found('parent')
  expect(client).toMatchObject({
    kind: 'client',
    status: 'error',
    parentSpanId: parent.spanId,
    attributes: {
      'http.response.status_code': 404,
      'error.type': '404',
      'server.address': '127.0.0.1',
      'server.port': port,
      'url.full': `${url}/missing?sig=REDACTED`,
    },
  })
  expect(carried).toEqual([isEarly ? `00-${client.traceId}-${client.spanId}-01` : undefined])
})

test.each([
  ['as an object', (headers: Record<string, string>) => headers],
  ['as an array', (headers: Record<string, string>) => Object.entries(headers).flat()],
])(
  'headers that a caller sent and that are passed on do not win over the active span, %s',
  async (_form, shape) => {
    const carried: IncomingHttpHeaders[] = []
    const { url } = await serve((req, res) => {
      carried.push(req.headers)
      res.end()
    })
    const sent = {
      TraceParent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
      tracestate: 'stranger=1',
      Baggage: 'user=stranger',
      'x-kept': 'yes',
    }
    const before = structuredClone(sent)
    await trace.span('parent', async () => {
      await (await request(url, { headers: shape(sent) as never })).body.dump()
      if (!Array.isArray(shape(sent))) await (await fetch(url, { headers: sent })).text()
      const host = { host: new URL(url).host }
      const headers = shape({ ...host, ...sent }) as never
      const [res] = await once(get(url, { headers }), 'response')
      await once(res.resume(), 'end')
    })
    expect(sent).toEqual(before)
    const parent = await found('parent')
    const clients = collector.spans.filter(({ kind }) => kind === 'client')
    expect(clients.map(({ traceId }) => traceId)).toEqual(clients.map(() => parent.traceId))
    // Before Node 22.12 it is too late for those of node:http.
    const own = isEarly ? carried : carried.slice(0, -1)
    expect(own.map(({ traceparent }) => traceparent)).toEqual(
      own.map((_headers, index) => `00-${parent.traceId}-${clients[index]?.spanId}-01`),
    )
    for (const headers of own) {
      expect(headers).toMatchObject({ 'x-kept': 'yes' })
      expect(headers).not.toHaveProperty('tracestate')
      expect(headers).not.toHaveProperty('baggage')
    }
  },
)

test('what an ignored request does is not traced, nor does it carry a context', async () => {
  const carried: unknown[] = []
  const next = await serve((req, res) => {
    carried.push(req.headers.traceparent)
    res.end()
  })
  const middleware = trace.http()
  const { port } = await serve((req, res) =>
    middleware(req, res, async () => {
      await (await request(next.url)).body.dump()
      const [answer] = await once(get(next.url), 'response')
      answer.resume()
      res.end()
    }),
  )
  const socket = connect(port, '127.0.0.1')
  socket.write('GET /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')
  await once(socket.resume(), 'close')
  await tracing.flush()
  expect(carried).toEqual([undefined, undefined])
  expect(collector.spans).toEqual([])
})

test('a refused connection fails the client span', async () => {
  const { url, close } = await listen(() => {})
  await close()
  await expect(request(url)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  expect(await found('GET')).toMatchObject({ kind: 'client', status: 'error' })
})

async function found(name: string) {
  await tracing.flush()
  return collector.until((all) => all.spans.find((span) => span.name === name))
}
