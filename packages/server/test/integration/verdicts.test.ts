import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { RequestRecord } from '@clew/internal/requests/contract'
import { recordOf } from '@clew/internal/requests/record'
import type { Verdict } from '@clew/internal/requests/verdict'
import * as server from '@clew/server'
import { afterEach, describe, expect, test } from '@jest/globals'

// Log, trace, metrics and the shutdown report say the same of a request that the server ends early.

const running = new Set<server.Server>()
const sockets = new Set<Socket>()

afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  await Promise.all([...running].map((app) => app.shutdown()))
  running.clear()
  sockets.clear()
})

/** Keeps the verdict of each request, as a package that observes requests does. */
function observer() {
  const verdicts = new Map<string, Verdict>()
  let look = () => {}
  const http = (): server.Middleware => (req, res, next) => {
    const record = recordOf(req)
    record.log = {
      ended(_record: RequestRecord, verdict: Verdict) {
        verdicts.set(req.url ?? '', verdict)
        look()
      },
    }
    record.watch(res, record.log)
    next()
  }
  const of = (path: string) =>
    new Promise<Verdict>((resolve) => {
      look = () => {
        const verdict = verdicts.get(path)
        if (verdict) resolve(verdict)
      }
      look()
    })
  return { http, of, verdicts }
}

async function start(handler: server.Handler, options: server.ServerOptions = {}) {
  const { http, of, verdicts } = observer()
  const app = server.create(handler, {
    address: '127.0.0.1:0',
    logger: { log() {}, http },
    shutdown: { timeoutMs: 200, lingerMs: 0 },
    ...options,
  })
  running.add(app)
  const { address } = await app.listen()
  return { app, of, verdicts, port: address.port ?? 0 }
}

async function send(port: number, ...texts: string[]) {
  const socket = connect(port, '127.0.0.1')
  sockets.add(socket)
  socket.on('error', () => {})
  await once(socket, 'connect')
  socket.write(texts.join(''))
  return socket
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`
const post = (path: string, headers: string, body: string) =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\n${headers}\r\n\r\n${body}`

describe('what a handler throws', () => {
  const thrown = new Error('thrown')

  test('is the error of the answer', async () => {
    const { port, of } = await start((req) => {
      if (req.url === '/throws') throw thrown
      return Promise.reject(thrown)
    })
    for (const path of ['/throws', '/rejects']) {
      const socket = await send(port, get(path))
      socket.resume()
      expect(await of(path)).toMatchObject({ outcome: 'answered', status: 500, error: thrown })
    }
  })

  test('breaks a response off that has begun, and is counted as failed', async () => {
    const throwing = new Map<string, () => void>()
    const values: Record<string, unknown> = {
      '/error': thrown,
      '/text': 'thrown',
      '/nothing': undefined,
      '/hostile': {
        get stack() {
          throw new Error('hostile')
        },
      },
    }
    let begun = () => {}
    const { app, port, of } = await start((req, res) => {
      const path = req.url ?? ''
      res.write('begun')
      return new Promise((_, reject) => {
        throwing.set(path, () => reject(values[path]))
        if (throwing.size === 4) begun()
      })
    })
    const allBegun = new Promise<void>((resolve) => {
      begun = resolve
    })
    for (const path of Object.keys(values)) (await send(port, get(path))).resume()
    await allBegun
    const stopped = app.shutdown()
    for (const reject of throwing.values()) reject()
    expect(await of('/error')).toMatchObject({ outcome: 'failed', status: 200, error: thrown })
    for (const [path, message] of [
      ['/text', 'thrown'],
      ['/nothing', 'undefined'],
      ['/hostile', '[object Object]'],
    ] as const) {
      expect(await of(path)).toMatchObject({ outcome: 'failed', error: { message } })
    }
    expect(await stopped).toMatchObject({ clean: true, inFlight: 4, failed: 4, aborted: 0, cut: 0 })
  })

  test('is no error of the answer if it is the consequence of an abort', async () => {
    let arrived = () => {}
    const { app, port, verdicts } = await start(
      (req, res) => {
        if (req.url === '/begun') res.write('begun')
        if (req.url === '/begun') arrived()
        return new Promise((_, reject) => {
          const signal = server.signal(req)
          signal.addEventListener('abort', () => reject(signal.reason))
        })
      },
      { shutdown: { timeoutMs: 1_000, abortMs: 900 } },
    )
    const bothArrived = new Promise<void>((resolve) => {
      arrived = resolve
    })
    ;(await send(port, get('/'))).resume()
    ;(await send(port, get('/begun'))).resume()
    await bothArrived
    const report = await app.shutdown()
    expect(verdicts.get('/')).toMatchObject({ outcome: 'answered', status: 503, error: undefined })
    expect(verdicts.get('/begun')).toMatchObject({ outcome: 'cut', error: undefined })
    expect(report).toMatchObject({ answered: 1, cut: 1, cutRequests: [{ path: '/begun' }] })
  })
})

describe('why the server ends a request early', () => {
  test('cut: the deadline of a shutdown', async () => {
    let arrived = () => {}
    const bothArrived = new Promise<void>((resolve) => {
      arrived = resolve
    })
    const { app, port, verdicts } = await start((req, res) => {
      if (req.url === '/large') res.end(Buffer.alloc(64 << 20))
      else arrived()
    })
    // The first response is complete, but its client does not read it.
    await send(port, get('/large'))
    await send(port, get('/never'), get('/behind'))
    await bothArrived
    const report = await app.shutdown()
    expect(verdicts.get('/large')).toMatchObject({ outcome: 'cut', status: 200 })
    expect(verdicts.get('/never')).toMatchObject({ outcome: 'cut', status: undefined })
    expect(verdicts.get('/behind')).toMatchObject({ outcome: 'cut', status: undefined })
    expect(report).toMatchObject({ inFlight: 3, answered: 0, aborted: 0, cut: 3, clean: false })
    expect(report.cutRequests).toHaveLength(3)
  })

  test('none: the request came on a connection that was being closed, and was not run', async () => {
    const { app, port, verdicts } = await start((_req, res) => void res.end('ok'))
    const socket = await send(port, get('/first'))
    // Keeps its side open, so that it can still send.
    socket.allowHalfOpen = true
    await once(socket, 'data')
    const ended = once(socket.resume(), 'end')
    const stopped = app.shutdown()
    await ended
    socket.end(get('/late'))
    expect(await stopped).toMatchObject({ inFlight: 0, arrived: 0, cut: 0, refused: { late: 1 } })
    expect(verdicts.has('/late')).toBe(false)
  })

  test('timed_out: the client sends no more, before the response and after its beginning', async () => {
    const { port, of } = await start(
      (req, res) => {
        req.on('error', () => {}).resume()
        if (req.url === '/begun') res.write('begun')
      },
      { timeouts: { readMs: 300 } },
    )
    for (const path of ['/silent', '/begun']) {
      ;(await send(port, post(path, 'Content-Length: 10', 'half'))).resume()
    }
    expect(await of('/silent')).toMatchObject({ outcome: 'timed_out', status: undefined })
    expect(await of('/begun')).toMatchObject({ outcome: 'timed_out', status: 200 })
  })

  test('timed_out: the client does not read', async () => {
    const { port, of } = await start((_req, res) => void res.end(Buffer.alloc(64 << 20)), {
      timeouts: { writeMs: 200 },
    })
    await send(port, get('/download'))
    expect(await of('/download')).toMatchObject({ outcome: 'timed_out', status: 200 })
  })

  test('a timeout while draining counts as cut', async () => {
    const { app, port, of } = await start((_req, res) => void res.end(Buffer.alloc(64 << 20)), {
      timeouts: { writeMs: 200 },
      shutdown: { timeoutMs: 60_000, lingerMs: 0 },
    })
    await send(port, get('/download'))
    while (app.inFlight === 0) await new Promise((resolve) => setImmediate(resolve))
    const report = await app.shutdown()
    expect(await of('/download')).toMatchObject({ outcome: 'timed_out' })
    expect(report).toMatchObject({ inFlight: 1, aborted: 0, cut: 1, refused: { stalled: 1 } })
  })
})

test('a connection that Node closes behind its last response is not counted as closed when idle', async () => {
  const held: (() => void)[] = []
  const { app, port, of } = await start((_req, res) => void held.push(() => res.end('ok')), {
    shutdown: { timeoutMs: 60_000, lingerMs: 0 },
  })
  const unused = await send(port)
  const socket = await send(port, get('/held'))
  while (app.inFlight === 0) await new Promise((resolve) => setImmediate(resolve))
  const stopped = app.shutdown()
  // From then on connections without a request are closed.
  await once(unused.resume(), 'end')
  held[0]?.()
  expect(String(await once(socket, 'data'))).toContain('Connection: close')
  expect(await of('/held')).toMatchObject({ outcome: 'answered' })
  expect(await stopped).toMatchObject({ answered: 1, connections: { idle: 0, unused: 1 } })
})

describe('what is not the doing of the server', () => {
  test('aborted: the client disconnects, or sends what is not HTTP', async () => {
    let arrived = () => {}
    const hasArrived = new Promise<void>((resolve) => {
      arrived = resolve
    })
    const { port, of } = await start((req) => {
      req.on('error', () => {}).resume()
      if (req.url === '/leaves') arrived()
    })
    const socket = await send(port, get('/leaves'))
    await hasArrived
    socket.destroy()
    expect(await of('/leaves')).toMatchObject({ outcome: 'aborted' })
    const broken = await send(port, post('/broken', 'Transfer-Encoding: chunked', 'no size\r\n'))
    broken.resume()
    expect(await of('/broken')).toMatchObject({ outcome: 'aborted' })
  })

  test('answered: a request that somebody emits again is one request', async () => {
    const http: { again?: (req: unknown, res: unknown) => void } = {}
    const { app, port, of } = await start((req, res) => {
      const { server: own } = req.socket as unknown as { server: NodeJS.EventEmitter }
      if (http.again === undefined) {
        http.again = () => {}
        own.emit('request', req, res)
      } else res.end('ok')
    })
    ;(await send(port, get('/'))).resume()
    expect(await of('/')).toMatchObject({ outcome: 'answered', status: 200 })
    expect(app.inFlight).toBe(0)
  })
})
