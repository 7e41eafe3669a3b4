import { once } from 'node:events'
import { request } from 'node:http'
import { connect as connectSocket, createServer } from 'node:net'
import { type Listening, listen } from '@clew/testing'
import * as trace from '@clew/trace'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { Client } from 'undici'
import { memory } from './memory.ts'

// The forms of a request target (RFC 9112, 3.2), on both sides.

const spans = memory()
let tracing: trace.Tracing
let server: Listening | undefined

beforeAll(async () => {
  tracing = await trace.configure({ service: { name: 't' }, exporter: spans, sampler: 'always' })
})
beforeEach(async () => {
  await tracing.flush()
  spans.spans.length = 0
})
afterEach(async () => {
  await server?.close()
  server = undefined
})
afterAll(() => tracing.shutdown())

async function only() {
  await tracing.flush()
  expect(spans.spans).toHaveLength(1)
  return spans.spans[0]!
}

async function send(port: number, text: string): Promise<void> {
  const socket = connectSocket(port, '127.0.0.1')
  socket.write(`${text}connection: close\r\n\r\n`)
  await once(socket.resume(), 'close')
}

test.each<[string, string | undefined, string | undefined]>([
  ['/a/b?x=1', '/a/b', 'x=1'],
  ['http://user:secret@shop.test:81/a/b?x=1&token=t', '/a/b', 'x=1&token=REDACTED'],
  ['HTTPS://shop.test', '/', undefined],
  ['http://shop.test?x=1', '/', 'x=1'],
  ['//double/slash', '//double/slash', undefined],
  ['*', undefined, undefined],
])('a server that is asked for %s', async (target, path, query) => {
  const middleware = trace.http()
  server = await listen((req, res) => middleware(req, res, () => res.end()))
  await send(server.port, `OPTIONS ${target} HTTP/1.1\r\nhost: shop.test:81\r\n`)
  const { attributes } = await only()
  expect(attributes['url.path']).toBe(path)
  expect(attributes['url.query']).toBe(query)
  expect(JSON.stringify(attributes)).not.toContain('secret')
})

test('what is ignored is, in the form for proxies too', async () => {
  const middleware = trace.http()
  server = await listen((req, res) => middleware(req, res, () => res.end()))
  await send(server.port, 'GET http://shop.test/livez?x HTTP/1.1\r\nhost: shop.test\r\n')
  await tracing.flush()
  expect(spans.spans).toEqual([])
})

test.each([/livez/g, /livez/y, /^.livez$/gy])(
  '%p ignores every request, not each second one',
  async (pattern) => {
    const middleware = trace.http({ ignore: [pattern, /\/livez/g] })
    server = await listen((req, res) => middleware(req, res, () => res.end()))
    for (let count = 0; count < 4; count++)
      await send(server.port, 'GET /livez HTTP/1.1\r\nhost: x\r\n')
    await tracing.flush()
    expect(spans.spans).toEqual([])
  },
)

test('behind a trusted proxy, Host without a port is that of its listener', async () => {
  const middleware = trace.http({ trustedProxies: ['127.0.0.1'] })
  server = await listen((req, res) => middleware(req, res, () => res.end()))
  await send(server.port, 'GET / HTTP/1.1\r\nhost: shop.test\r\nx-forwarded-proto: https\r\n')
  expect((await only()).attributes).toMatchObject({
    'server.address': 'shop.test',
    'server.port': 443,
  })
})

test('a call of CONNECT names its target, and has no URL', async () => {
  const proxy = createServer((socket) => {
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\n\r\n'))
  })
  await once(proxy.listen(0, '127.0.0.1'), 'listening')
  const { port } = proxy.address() as { port: number }
  const sent = request({ host: '127.0.0.1', port, method: 'CONNECT', path: 'example.com:443' })
  sent.on('connect', (_res, socket) => socket.destroy()).end()
  await once(sent, 'close')
  proxy.close()
  const { attributes } = await only()
  expect(attributes).toMatchObject({ 'server.address': 'example.com', 'server.port': 443 })
  expect(attributes['url.full']).toBeUndefined()
})

test('a call through a proxy has the URL of its target', async () => {
  server = await listen((_req, res) => res.end())
  const client = new Client(server.url)
  const { body } = await client.request({ method: 'GET', path: 'http://shop.test/a?x=1' })
  await body.dump()
  await client.close()
  expect((await only()).attributes).toMatchObject({
    'server.address': 'shop.test',
    'server.port': 80,
    'url.full': 'http://shop.test/a?x=1',
  })
})

test('a Host header that is passed on does not name the server that is called', async () => {
  server = await listen((_req, res) => res.end())
  const { port } = server
  const sent = request({ host: '127.0.0.1', port, path: '/', headers: { host: 'stranger.test:9' } })
  sent.on('response', (res) => res.resume()).end()
  await once(sent, 'close')
  expect((await only()).attributes).toMatchObject({ 'server.address': '127.0.0.1' })
})
