import { once } from 'node:events'
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2'
import { connect } from 'node:net'
import { type Listening, listen } from '@clew/testing'
import * as trace from '@clew/trace'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { trace as api, context, propagation } from '@opentelemetry/api'
import { memory } from './memory.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const spans = memory()
let tracing: trace.Tracing
const open: Listening[] = []

beforeAll(async () => {
  tracing = await trace.configure({
    service: { name: 't' },
    exporter: spans,
    sampler: 'always',
    clients: false,
  })
})
beforeEach(async () => {
  await tracing.flush()
  spans.spans.length = 0
})
afterEach(() => Promise.all(open.splice(0).map((server) => server.close())))
afterAll(() => tracing.shutdown())

type Handler = (...args: Parameters<trace.Middleware>) => unknown

async function serve(options: trace.HttpOptions = {}, handler?: Handler) {
  const middleware = trace.http(options)
  const server = await listen((req, res) =>
    middleware(req, res, () => (handler ? handler(req, res, () => {}) : res.end('ok'))),
  )
  open.push(server)
  return server
}

async function raw(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8')
  socket.write(text)
  let answer = ''
  for await (const chunk of socket) answer += chunk
  return answer
}

async function only() {
  await tracing.flush()
  expect(spans.spans).toHaveLength(1)
  return spans.spans[0]!
}

describe('the span', () => {
  test('ends with the response: status, attributes, no error for 404', async () => {
    const { url, port } = await serve(
      { attributes: (req) => ({ tenant: String(req.headers.tenant) }) },
      (_, res) => {
        res.statusCode = 404
        res.end()
      },
    )
    await fetch(`${url}/x?a=1&password=p`, { headers: { 'user-agent': 'me', tenant: 'acme' } })
    expect(await only()).toMatchObject({
      name: 'GET',
      kind: 1,
      status: { code: 0 },
      attributes: {
        'http.request.method': 'GET',
        'url.path': '/x',
        'url.query': 'a=1&password=REDACTED',
        'url.scheme': 'http',
        'http.response.status_code': 404,
        'server.address': '127.0.0.1',
        'server.port': port,
        'client.address': '127.0.0.1',
        'network.peer.address': '127.0.0.1',
        'network.protocol.version': '1.1',
        'user_agent.original': 'me',
        tenant: 'acme',
      },
    })
  })

  test('HTTP/2: its version, and the host of :authority', async () => {
    const middleware = trace.http()
    const server = createHttp2Server((req, res) =>
      middleware(req as never, res as never, () => res.end('ok')),
    )
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as { port: number }
    const session = connectHttp2(`http://127.0.0.1:${port}`)
    try {
      const stream = session.request({ ':path': '/x?page=2', ':authority': 'api.test:8443' })
      await once(stream.resume(), 'end')
      expect((await only()).attributes).toMatchObject({
        'network.protocol.version': '2',
        'server.address': 'api.test',
        'server.port': 8443,
        'url.path': '/x',
        'url.query': 'page=2',
        'http.response.status_code': 200,
      })
    } finally {
      session.destroy()
      server.close()
    }
  })
  test('each request has the host that it asked for', async () => {
    const { port } = await serve()
    const hosts = ['a.test:81', 'b.test', 'a.test:81', '[::1]:82', 'not a host']
    for (const host of hosts)
      await raw(port, `GET / HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`)
    await tracing.flush()
    expect(
      spans.spans.map(({ attributes }) => [
        attributes['server.address'],
        attributes['server.port'],
      ]),
    ).toEqual([
      ['a.test', 81],
      // Without a port, it is that of this server.
      ['b.test', port],
      ['a.test', 81],
      ['[::1]', 82],
      [undefined, undefined],
    ])
  })
  test('5xx is an error with the status as its type', async () => {
    const { url } = await serve({}, (_, res) => res.writeHead(503).end())
    await fetch(url)
    expect(await only()).toMatchObject({
      status: { code: 2 },
      attributes: { 'error.type': '503', 'http.response.status_code': 503 },
    })
  })

  test('a client that goes away: marked, no error, no status that was never sent', async () => {
    let arrive = () => {}
    const arrived = new Promise<void>((resolve) => {
      arrive = resolve
    })
    const { port } = await serve({}, () => arrive())
    const socket = connect(port, '127.0.0.1')
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
    await arrived
    socket.destroy()
    while (spans.spans.length === 0) {
      await new Promise((resolve) => setImmediate(resolve))
      await tracing.flush()
    }
    const span = await only()
    expect(span.status.code).toBe(0)
    expect(span.attributes['clew.request.aborted']).toBe(true)
    expect(span.attributes).not.toHaveProperty(['http.response.status_code'])
  })

  test('a handler that throws: recorded, and thrown on', async () => {
    const error = new RangeError('no')
    const middleware = trace.http()
    const server = await listen((req, res) => {
      try {
        middleware(req, res, () => {
          throw error
        })
      } catch (thrown) {
        res.writeHead(thrown === error ? 500 : 200).end()
      }
    })
    open.push(server)
    await fetch(server.url)
    expect((await only()).events[0]?.attributes).toMatchObject({ 'exception.type': 'RangeError' })
  })

  test('an unknown method does not name the span', async () => {
    const { port } = await serve()
    await raw(port, 'PURGE /x HTTP/1.1\r\nhost: x:81\r\nconnection: close\r\n\r\n')
    expect(await only()).toMatchObject({
      name: 'HTTP',
      attributes: {
        'http.request.method': '_OTHER',
        'http.request.method_original': 'PURGE',
        'server.port': 81,
      },
    })
  })

  test('no route, no http.route: the path never stands in', async () => {
    const { url } = await serve()
    await fetch(`${url}/orders/42`)
    expect((await only()).attributes).not.toHaveProperty(['http.route'])
  })

  test('two on one request are one', async () => {
    const second = trace.http()
    const { url } = await serve({}, (req, res) => second(req, res, () => res.end()))
    await fetch(url)
    await only()
  })

  test('nothing is inherited from where listen was called', async () => {
    const { url } = await trace.span('start', () => serve())
    await fetch(url)
    await tracing.flush()
    expect(spans.named('GET').parentSpanContext).toBeUndefined()
  })

  test('keep-alive: each request has its own trace', async () => {
    const { port } = await serve()
    const get = 'GET / HTTP/1.1\r\nhost: x\r\n'
    await raw(port, `${get}\r\n${get}connection: close\r\n\r\n`)
    await tracing.flush()
    expect(new Set(spans.spans.map((span) => span.spanContext().traceId)).size).toBe(2)
  })
})

describe('the caller', () => {
  const headers = { traceparent: `00-${TRACE}-b7ad6b7169203331-00`, baggage: 'tenant=acme' }
  const seen: unknown[] = []
  const handler: Handler = (_req, res) => {
    seen.push(propagation.getBaggage(context.active())?.getEntry('tenant')?.value)
    res.end()
  }
  beforeEach(() => {
    seen.length = 0
  })

  test('is continued, with its baggage', async () => {
    const { url } = await serve({}, handler)
    await fetch(url, { headers })
    const span = await only()
    expect(span.spanContext().traceId).toBe(TRACE)
    expect(seen).toEqual(['acme'])
  })

  test('is a stranger at a public endpoint: new trace, link, no baggage', async () => {
    const { url } = await serve({ publicEndpoint: true }, handler)
    await fetch(url, { headers })
    const span = await only()
    expect(span.spanContext().traceId).not.toBe(TRACE)
    expect(span.parentSpanContext).toBeUndefined()
    expect(span.links[0]?.context.traceId).toBe(TRACE)
    expect(seen).toEqual([undefined])
  })

  test('is judged by a function', async () => {
    const { url } = await serve(
      { publicEndpoint: (req) => req.headers.tenant === undefined },
      handler,
    )
    await fetch(url, { headers: { ...headers, tenant: 'internal' } })
    expect((await only()).spanContext().traceId).toBe(TRACE)
  })

  test.each([
    ['no proxy is trusted', [], '203.0.113.9, 10.1.1.1', undefined, '127.0.0.1', 'http'],
    [
      'a chain of trusted ones',
      ['127.0.0.1', '10.0.0.0/8'],
      'spoofed, 203.0.113.9, 10.1.1.1',
      'https',
      '203.0.113.9',
      'https',
    ],
    ['an untrusted hop ends it', ['127.0.0.1'], '203.0.113.9, 10.1.1.1', 'ftp', '10.1.1.1', 'http'],
    ['rubbish', ['127.0.0.0/8'], 'x, <script>', undefined, '127.0.0.1', 'http'],
    ['IPv6', ['127.0.0.1', '2001:db8::/32'], '2001:db8::1', undefined, '2001:db8::1', 'http'],
  ])('its address: %s', async (_what, trustedProxies, forwarded, proto, address, scheme) => {
    const { url } = await serve({ trustedProxies })
    await fetch(url, {
      headers: { 'x-forwarded-for': forwarded, ...(proto ? { 'x-forwarded-proto': proto } : {}) },
    })
    expect((await only()).attributes).toMatchObject({
      'client.address': address,
      'url.scheme': scheme,
    })
  })
})

describe('ignore', () => {
  test.each([
    '/livez',
    '/readyz',
    '/startupz',
    '/healthz',
    '/metrics?x=1',
    '/debug',
    '/debug/pprof/heap',
  ])('%s is not traced, nor what it does', async (path) => {
    const { url } = await serve({}, (_req, res) => {
      trace.span('ping', () => res.end())
    })
    expect((await fetch(url + path)).status).toBe(200)
    await tracing.flush()
    expect(spans.spans).toEqual([])
  })
  test('names like them are, and own lists replace the default', async () => {
    const { url } = await serve({ ignore: ['/private', /^\/static\//] })
    for (const path of ['/livez', '/debugger', '/private', '/static/a.js']) await fetch(url + path)
    await tracing.flush()
    expect(spans.spans.map((span) => span.attributes['url.path'])).toEqual(['/livez', '/debugger'])
  })
  test('a function', async () => {
    const { url } = await serve({ ignore: (req) => req.method === 'OPTIONS' })
    await fetch(url, { method: 'OPTIONS' })
    await fetch(url)
    await only()
  })
})

test.each([
  ['publicEndpoint', { publicEndpoint: 1 as never }],
  ['attributes', { attributes: {} as never }],
  ['ignore', { ignore: '/x' as never }],
  ['trustedProxies', { trustedProxies: ['10.0.0.0/33'] }],
  ['trustedProxies', { trustedProxies: ['proxy.local'] }],
])('a bad %s is named', (name, options) => {
  expect(() => trace.http(options)).toThrow(
    expect.objectContaining({ code: 'ERR_TRACE_OPTION', message: expect.stringContaining(name) }),
  )
})

test('context lives through timers, promises, events of the response and of the request', async () => {
  const names: string[] = []
  let closed: Promise<unknown> | undefined
  const { url } = await serve({}, (req, res) => {
    const mark = (name: string) => {
      if (api.getActiveSpan()) names.push(name)
    }
    req.on('data', () => mark('data'))
    res.on('finish', () => mark('finish'))
    closed = once(res, 'close')
    req.on('end', () => {
      mark('end')
      setTimeout(() => {
        mark('timer')
        void Promise.resolve().then(() => {
          mark('promise')
          res.end()
        })
      })
    })
  })
  await fetch(url, { method: 'POST', body: 'x' })
  await closed
  expect(names).toEqual(['data', 'end', 'timer', 'promise', 'finish'])
})
