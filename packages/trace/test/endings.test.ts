import { once } from 'node:events'
import { get } from 'node:http'
import { connect } from 'node:net'
import { pipeline, Readable } from 'node:stream'
import { recordOf } from '@clew/internal/requests/record'
import { type Listening, listen } from '@clew/testing'
import * as trace from '@clew/trace'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { request } from 'undici'
import { memory } from './memory.ts'

// How a span ends: by the verdict that log, metrics and server go by as well.

const spans = memory()
let tracing: trace.Tracing
let server: Listening

beforeAll(async () => {
  tracing = await trace.configure({ service: { name: 't' }, exporter: spans, sampler: 'always' })
})
beforeEach(async () => {
  await tracing.flush()
  spans.spans.length = 0
})
afterEach(() => server.close())
afterAll(() => tracing.shutdown())

const serverKind = 1
const clientKind = 2

/** Waits for the span of a kind: it ends with the connection, of which nobody else tells. */
async function ended(kind: number) {
  for (;;) {
    await tracing.flush()
    const span = spans.spans.find((each) => each.kind === kind)
    if (span !== undefined) return span
    await new Promise((resolve) => setImmediate(resolve))
  }
}

type Handler = (...args: Parameters<trace.Middleware>) => unknown

async function serve(handler: Handler): Promise<Listening> {
  const middleware = trace.http()
  server = await listen((req, res) => middleware(req, res, () => handler(req, res, () => {})))
  return server
}

/** Sends a request, and waits until the server has answered or closed the connection. */
async function send({ port }: Listening): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')
  await once(socket.resume(), 'close')
}

describe('the server span', () => {
  test('of a 5xx has the error behind it, which an adapter or server has noted', async () => {
    const error = new RangeError('too much')
    await send(
      await serve((req, res) => {
        recordOf(req).error = error
        res.writeHead(500).end()
      }),
    )
    const span = await ended(serverKind)
    expect(span.status).toEqual({ code: 2 })
    expect(span.attributes['error.type']).toBe('500')
    expect(span.events.map(({ attributes }) => attributes?.['exception.message'])).toEqual([
      'too much',
    ])
  })

  test('of an answer below 500 has none, whatever was noted', async () => {
    await send(
      await serve((req, res) => {
        recordOf(req).error = new Error('not found')
        res.writeHead(404).end()
      }),
    )
    const span = await ended(serverKind)
    expect(span.status.code).toBe(0)
    expect(span.attributes).not.toHaveProperty(['error.type'])
    expect(span.events).toEqual([])
  })

  test('of a handler that throws has the exception once', async () => {
    const middleware = trace.http()
    server = await listen((req, res) => {
      try {
        middleware(req, res, () => {
          throw new RangeError('no')
        })
      } catch (error) {
        recordOf(req).error = error
        res.writeHead(500).end()
      }
    })
    await send(server)
    const span = await ended(serverKind)
    expect(span.attributes['error.type']).toBe('500')
    expect(span.events).toHaveLength(1)
  })

  test('of a response that broke off is an error, with the type and the exception of the error', async () => {
    await send(
      await serve((_req, res) => {
        res.write('a')
        const source = new Readable({ read() {} })
        pipeline(source, res, () => {})
        source.destroy(Object.assign(new Error('disk'), { code: 'EIO' }))
      }),
    )
    const span = await ended(serverKind)
    expect(span.status).toEqual({ code: 2, message: 'disk' })
    expect(span.attributes).toMatchObject({ 'error.type': 'EIO', 'http.response.status_code': 200 })
    expect(span.attributes).not.toHaveProperty(['clew.request.aborted'])
    expect(span.events[0]?.attributes).toMatchObject({ 'exception.message': 'disk' })
  })

  test.each([
    ['cut', 'cut'],
    ['timed_out', 'timeout'],
  ] as const)('of a request that the server ends early (%s) is an error', async (cause, type) => {
    await send(
      await serve((req, res) => {
        recordOf(req).cause = cause
        res.destroy()
      }),
    )
    const span = await ended(serverKind)
    expect(span.status).toEqual({ code: 2 })
    expect(span.attributes['error.type']).toBe(type)
    expect(span.attributes).not.toHaveProperty(['http.response.status_code'])
    expect(span.attributes).not.toHaveProperty(['clew.request.aborted'])
  })

  test('of a client that leaves is marked, and no error', async () => {
    let leave = () => {}
    const listening = await serve(() => leave())
    const socket = connect(listening.port, '127.0.0.1')
    leave = () => socket.destroy()
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
    const span = await ended(serverKind)
    expect(span.status).toEqual({ code: 0 })
    expect(span.attributes).toMatchObject({ 'error.type': 'aborted', 'clew.request.aborted': true })
  })
})

describe('the client span', () => {
  const callers: readonly (readonly [
    string,
    (url: string, signal: AbortSignal) => Promise<unknown>,
  ])[] = [
    ['undici', async (url, signal) => (await request(url, { signal })).body.text()],
    ['fetch', async (url, signal) => (await fetch(url, { signal })).text()],
    [
      'node:http',
      (url, signal) =>
        new Promise((resolve, reject) => {
          get(url, { signal, agent: false }, (res) => {
            res.resume().on('end', resolve).on('error', reject)
          }).on('error', reject)
        }),
    ],
  ]

  test.each(callers)('%s: an abort by the caller is no error', async (_name, call) => {
    const abort = new AbortController()
    server = await listen((_req, res) => {
      res.write('a')
      abort.abort()
    })
    await expect(call(server.url, abort.signal)).rejects.toMatchObject({ name: 'AbortError' })
    const span = await ended(clientKind)
    expect(span.status).toEqual({ code: 0 })
    expect(span.attributes['error.type']).toBe('aborted')
    expect(span.events).toEqual([])
  })

  test.each(callers)(
    '%s: a body that breaks off is one, after a status of 200',
    async (_name, call) => {
      server = await listen((_req, res) => {
        res.writeHead(200, { 'content-length': 10 })
        res.write('a')
        setImmediate(() => res.destroy())
      })
      await expect(call(server.url, new AbortController().signal)).rejects.toBeDefined()
      const span = await ended(clientKind)
      expect(span.status.code).toBe(2)
      expect(span.attributes['http.response.status_code']).toBe(200)
      expect(span.attributes['error.type']).toEqual(
        expect.stringMatching(/^(?:UND_ERR_SOCKET|ECONNRESET)$/),
      )
      expect(span.events).toHaveLength(1)
    },
  )

  test('a refused connection has the code of the error as its type', async () => {
    server = await listen(() => {})
    await server.close()
    await expect(request(server.url)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    const span = await ended(clientKind)
    expect(span.status.code).toBe(2)
    expect(span.attributes['error.type']).toBe('ECONNREFUSED')
  })
})
