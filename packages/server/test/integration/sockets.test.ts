import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { type ClientHttp2Session, connect as connectHttp2, constants } from 'node:http2'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import * as server from '@clew/server'
import { describeWith } from '@clew/testing/programs'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { contentOf, type Pair, program, writeCertificate } from '../support/certificate.ts'

// Every kind of socket that a client can leave behind, on every kind of listener: a shutdown closes
// all of them, by itself.

const logger: server.LoggerPart = { log() {} }
const shutdown = { lingerMs: 50, timeoutMs: 1_500, abortMs: 200 }

/** Answers `/`; other paths get no answer, or the beginning of one. */
const handler: server.Handler = (req, res) => {
  if (req.url === '/') res.end('ok')
  else if (req.url === '/begun') res.writeHead(200).write('begun')
  req.resume()
}
const onUpgrade: server.ServerOptions['onUpgrade'] = (_req, socket) => {
  socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n')
}

type Dial = () => Promise<Socket>
/** Leaves sockets behind; resolves when the server knows them. */
type Leave = (dial: Dial) => Promise<{ readonly closed: Promise<unknown> }>

const closing = (socket: Socket) => ({ closed: once(socket, 'close') })

/** Sends bytes, and waits for the answer that has `expected` in it. */
function leave(bytes: string, expected?: string): Leave {
  return async (dial) => {
    const socket = await dial()
    const end = closing(socket)
    let received = ''
    const answered = new Promise<void>((resolve) => {
      socket.on('data', (chunk) => {
        received += chunk
        if (expected !== undefined && received.includes(expected)) resolve()
      })
    })
    if (bytes) socket.write(bytes)
    if (expected !== undefined) await answered
    return end
  }
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`
const http1: Record<string, Leave> = {
  'nothing sent': leave(''),
  'half a header': leave('GET / HTTP/1.1\r\nHo'),
  idle: leave(get('/'), 'ok'),
  'idle, then half a header': async (dial) => {
    let socket: Socket | undefined
    const left = await leave(
      get('/'),
      'ok',
    )(async () => {
      socket = await dial()
      return socket
    })
    socket?.write('GET / HT')
    return left
  },
  'never answered': leave(get('/never')),
  'half an answer': leave(get('/begun'), 'begun'),
  'half a body': leave('POST /never HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf'),
  pipelined: leave(get('/never') + get('/') + get('/never')),
  upgraded: leave(
    'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n',
    '101',
  ),
  'half-closed': async (dial) => {
    const socket = await dial()
    const end = closing(socket)
    socket.end(get('/never'))
    socket.resume()
    return end
  },
}

type Session = (session: ClientHttp2Session) => Promise<unknown>
const http2: Record<string, Session> = {
  'a session without streams': async (session) => {
    await new Promise((resolve) => session.ping(resolve))
  },
  'an answered stream': async (session) => {
    const stream = session.request({ ':path': '/' })
    await once(stream.resume(), 'end')
  },
  'a stream that is never answered': async (session) => {
    session.request({ ':path': '/never' }).on('error', () => {})
    await new Promise((resolve) => session.ping(resolve))
  },
  'streams with half an answer': async (session) => {
    const streams = [1, 2, 3].map(() =>
      session.request({ ':path': '/begun' }).on('error', () => {}),
    )
    await Promise.all(streams.map((stream) => once(stream, 'data')))
  },
  'half a body': async (session) => {
    const method = constants.HTTP2_METHOD_POST
    const stream = session.request({ ':path': '/never', ':method': method })
    stream.on('error', () => {}).write('half')
    await new Promise((resolve) => session.ping(resolve))
  },
}

/** The whole table in one shutdown; resolves with what was reported. */
async function closesAll(
  life: server.Lifecycle,
  dials: Record<string, { dial: Dial; kinds: Record<string, Leave> }>,
  sessions: readonly (() => ClientHttp2Session)[] = [],
): Promise<server.ShutdownReport> {
  const ends: Promise<unknown>[] = []
  for (const { dial, kinds } of Object.values(dials)) {
    for (const kind of Object.values(kinds)) ends.push((await kind(dial)).closed)
  }
  for (const open of sessions) {
    for (const use of Object.values(http2)) {
      const session = open()
      session.on('error', () => {})
      ends.push(once(session, 'close'))
      // A ping before that is answered by Node itself.
      await once(session, 'connect')
      await use(session)
    }
  }
  const [report] = await Promise.all([life.shutdown('test'), ...ends])
  return report
}

const plain = (to: number | string): Dial => {
  return async () => {
    const socket = typeof to === 'number' ? connect(to, '127.0.0.1') : connect(to)
    socket.on('error', () => {})
    await once(socket, 'connect')
    return socket
  }
}

const { upgraded, ...withoutUpgrade } = http1
const portOf = ({ address }: server.Addresses) => address.port ?? 0

describe('all kinds of sockets are closed within the deadline', () => {
  test('http', async () => {
    const app = server.create(handler, { address: '127.0.0.1:0', logger, shutdown, onUpgrade })
    const port = portOf(await app.listen())
    const report = await closesAll(app, { tcp: { dial: plain(port), kinds: http1 } })
    expect(report).toMatchObject({ cut: 6, answered: 0, connections: { upgraded: 1, cut: 1 } })
    expect(report.connections.unused).toBeGreaterThanOrEqual(1)
  })

  test('a Unix socket', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'clew-'))
    const path = join(folder, 'socket')
    const app = server.create(handler, { address: { path }, logger, shutdown, onUpgrade })
    await app.listen()
    const report = await closesAll(app, { unix: { dial: plain(path), kinds: http1 } })
    expect(report).toMatchObject({ cut: 6, connections: { cut: 1 } })
    rmSync(folder, { recursive: true })
  })

  test('a server of the application', async () => {
    const http = createServer(handler)
    http.on('upgrade', onUpgrade as never)
    const app = server.attach(http, { logger, shutdown, signals: false })
    http.listen(0, '127.0.0.1')
    const port = portOf(await listening(app, http))
    const report = await closesAll(app, { tcp: { dial: plain(port), kinds: http1 } })
    expect(report).toMatchObject({ cut: 6, connections: { cut: 1 } })
  })

  test('HTTP/1 and HTTP/2 on one port without TLS', async () => {
    const app = server.create(handler, {
      address: '127.0.0.1:0',
      http2: true,
      logger,
      shutdown,
      onUpgrade,
    })
    const port = portOf(await app.listen())
    const kinds = { ...http1, 'half a preface': leave('PRI * HT') }
    const report = await closesAll(app, { tcp: { dial: plain(port), kinds } }, [
      () => connectHttp2(`http://127.0.0.1:${port}`),
    ])
    expect(report).toMatchObject({ cut: 6 + 5, connections: { cut: 1 } })
  })
})

describeWith(program, 'with TLS, all kinds of sockets are closed within the deadline', () => {
  let folder = ''
  let files: Pair
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'clew-'))
    files = writeCertificate(folder)
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  for (const speaks of [false, true]) {
    test(speaks ? 'HTTP/1 and HTTP/2' : 'https', async () => {
      const app = server.create(handler, {
        address: '127.0.0.1:0',
        tls: contentOf(files),
        http2: speaks,
        logger,
        shutdown,
        onUpgrade,
      })
      const port = portOf(await app.listen())
      const ca = contentOf(files).cert
      const tls: Dial = async () => {
        const socket = connectTls({ port, host: '127.0.0.1', servername: 'localhost', ca })
        socket.on('error', () => {})
        await once(socket, 'secureConnect')
        return socket
      }
      const report = await closesAll(
        app,
        {
          tls: { dial: tls, kinds: http1 },
          tcp: {
            dial: plain(port),
            kinds: {
              'before the handshake': leave(''),
              'half a hello': leave('\x16\x03\x01\x02\x00'),
            },
          },
        },
        speaks ? [() => connectHttp2(`https://localhost:${port}`, { ca })] : [],
      )
      expect(report).toMatchObject({ cut: speaks ? 6 + 5 : 6, connections: { cut: 1 } })
      expect(report.connections.unused).toBeGreaterThanOrEqual(3)
    })
  }

  test('several listeners together', async () => {
    const http = createServer(handler)
    const life = server.lifecycle(
      [
        server.listener(handler, { address: '127.0.0.1:0', tls: files, http2: true }),
        server.listener(handler, { address: '127.0.0.1:0' }),
        http,
      ],
      { logger, shutdown, admin: { address: '127.0.0.1:0' } },
    )
    http.listen(0, '127.0.0.1')
    const { addresses, admin } = await life.listen()
    expect(addresses.map(({ url }) => url.replace(/\d+$/, ''))).toEqual([
      'https://127.0.0.1:',
      'http://127.0.0.1:',
      'http://127.0.0.1:',
    ])
    const dials = addresses
      .slice(1)
      .map(({ port = 0 }) => [String(port), { dial: plain(port), kinds: withoutUpgrade }] as const)
    const report = await closesAll(life, Object.fromEntries(dials))
    expect(report).toMatchObject({ cut: 12 })
    for (const { port = 0 } of [...addresses, admin ?? {}]) {
      await expect(plain(port)()).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    }
  })
})

/** A server of the application that has begun to listen. */
async function listening(app: server.Server, http: server.Server['http']) {
  if (!http.listening) await once(http, 'listening')
  const { port } = http.address() as { port: number }
  while (app.state !== 'listening') await new Promise((resolve) => setImmediate(resolve))
  return { address: { url: '', port }, addresses: [] }
}
