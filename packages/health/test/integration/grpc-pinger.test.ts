import { once } from 'node:events'
import { createServer as createHttp2Server, type Http2Server } from 'node:http2'
import { createServer } from 'node:net'
import * as health from '@clew/health'
import { listen } from '@clew/testing'
import { Server, ServerCredentials, status } from '@grpc/grpc-js'
import { afterEach, expect, test } from '@jest/globals'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const bytes = (value: Buffer) => value

/** A real gRPC server; `answer` maps the raw request message to the raw answer, or to an error. */
async function grpcServer(answer: (request: Buffer) => Buffer | object): Promise<number> {
  const server = new Server()
  const check = {
    path: '/grpc.health.v1.Health/Check',
    requestStream: false,
    responseStream: false,
    requestSerialize: bytes,
    requestDeserialize: bytes,
    responseSerialize: bytes,
    responseDeserialize: bytes,
  }
  server.addService(
    { check },
    {
      check(call: { request: Buffer }, reply: (error: object | null, value?: Buffer) => void) {
        const given = answer(call.request)
        if (Buffer.isBuffer(given)) reply(null, given)
        else reply(given)
      },
    },
  )
  cleanups.push(() => server.forceShutdown())
  return new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    )
  })
}

async function asked(port: number, options?: health.GrpcPingerOptions): Promise<health.Check> {
  const pinger = health.grpcPinger('payments', { host: '127.0.0.1', port }, options)
  const { checks } = await health.checker([pinger], { cacheMs: 0 }).check()
  return checks[0]!
}

test('SERVING is up; the server as a whole is asked for', async () => {
  const requests: string[] = []
  const port = await grpcServer((request) => {
    requests.push(request.toString('hex'))
    return Buffer.from([0x08, 1])
  })
  expect(await asked(port)).toMatchObject({ up: true })
  expect(requests).toEqual([''])
})

test('a service is asked for by its name, of any length', async () => {
  const requests: Buffer[] = []
  const port = await grpcServer((request) => {
    requests.push(request)
    return Buffer.from([0x08, 1])
  })
  await asked(port, { service: 'shop.v1.Orders' })
  await asked(port, { service: 'x'.repeat(300) })
  expect(requests[0]?.toString('latin1')).toBe('\x0a\x0eshop.v1.Orders')
  expect(requests[1]?.subarray(0, 3).toString('hex')).toBe('0aac02')
  expect(requests[1]).toHaveLength(303)
})

test.each<[string, Buffer]>([
  ['NOT_SERVING', Buffer.from([0x08, 2])],
  ['SERVICE_UNKNOWN', Buffer.from([0x08, 3])],
  ['UNKNOWN', Buffer.alloc(0)],
])('%s is down', async (word, answer) => {
  const port = await grpcServer(() => answer)
  expect(await asked(port)).toMatchObject({
    up: false,
    code: 'ERR_HEALTH_STATUS',
    error: `127.0.0.1:${port} answered ${word}`,
  })
})

test('a gRPC error is down, with its status and message', async () => {
  const port = await grpcServer(() => ({ code: status.NOT_FOUND, details: 'unknown service: é' }))
  expect(await asked(port)).toMatchObject({
    up: false,
    error: `127.0.0.1:${port} answered gRPC status 5: unknown service: é`,
  })
})

test('a gRPC server without the health service is down', async () => {
  const server = new Server()
  cleanups.push(() => server.forceShutdown())
  const port = await new Promise<number>((resolve) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (_, bound) =>
      resolve(bound),
    )
  })
  expect(await asked(port)).toMatchObject({
    up: false,
    error: expect.stringContaining('answered gRPC status 12'),
  })
})

async function http2Server(configure: (server: Http2Server) => void): Promise<number> {
  const server = createHttp2Server()
  const sessions = new Set<{ destroy(): void }>()
  server.on('session', (session) => sessions.add(session))
  configure(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(() => {
    for (const session of sessions) session.destroy()
    server.close()
  })
  return (server.address() as { port: number }).port
}

test('an HTTP/2 server that is no gRPC server is down', async () => {
  const port = await http2Server((server) => {
    server.on('stream', (stream) => {
      stream.respond({ ':status': 404 })
      stream.end('nothing here')
    })
  })
  expect(await asked(port)).toMatchObject({
    up: false,
    error: `127.0.0.1:${port} answered HTTP 404 without a gRPC status`,
  })
})

test('an HTTP/1 server is down', async () => {
  const { port, close } = await listen((_, res) => res.end())
  cleanups.push(close)
  expect(await asked(port)).toMatchObject({ up: false, stuck: false })
})

test('an answer without end is cut', async () => {
  let closed: Promise<unknown> | undefined
  const port = await http2Server((server) => {
    server.on('stream', (stream) => {
      closed = once(stream, 'close')
      stream.on('error', () => {})
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' })
      stream.write(Buffer.alloc(100_000))
    })
  })
  expect(await asked(port)).toMatchObject({ up: false, code: 'ERR_HEALTH_STATUS' })
  await closed
})

test('a server that does not answer is down after timeoutMs, and its session is gone', async () => {
  let closed: Promise<unknown> | undefined
  const port = await http2Server((server) => {
    server.on('stream', (stream) => {
      stream.on('error', () => {})
      closed = once(stream, 'close')
    })
  })
  expect(await asked(port, { timeoutMs: 200 })).toMatchObject({
    up: false,
    stuck: false,
    code: 'ERR_HEALTH_TIMEOUT',
  })
  await closed
})

test('a server that accepts and says nothing is down, and its socket is gone', async () => {
  let closed: Promise<unknown> | undefined
  const server = createServer((socket) => {
    socket.on('error', () => {}).resume()
    closed = once(socket, 'close')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(() => server.close())
  const { port } = server.address() as { port: number }
  expect(await asked(port, { timeoutMs: 200 })).toMatchObject({ code: 'ERR_HEALTH_TIMEOUT' })
  await closed
})

test('nothing listens: down with the reason', async () => {
  const { port, close } = await listen(() => {})
  await close()
  expect(await asked(port)).toMatchObject({ up: false, code: 'ECONNREFUSED' })
})

test.each<[string, () => unknown, string]>([
  ['a path', () => health.grpcPinger('a', 'http://b:1/c'), 'ERR_HEALTH_ADDRESS'],
  ['credentials', () => health.grpcPinger('a', 'http://u:p@b:1'), 'ERR_HEALTH_ADDRESS'],
  ['another scheme', () => health.grpcPinger('a', 'grpc://b:1'), 'ERR_HEALTH_ADDRESS'],
  ['no string', () => health.grpcPinger('a', 'b:1', { service: 1 as never }), 'ERR_HEALTH_OPTION'],
  ['unknown', () => health.grpcPinger('a', 'b:1', { path: '' } as never), 'ERR_HEALTH_OPTION'],
])('refused: %s', (_, make, code) => {
  expect(make).toThrow(expect.objectContaining({ name: 'TypeError', code }))
})
