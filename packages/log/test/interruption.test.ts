import { once } from 'node:events'
import {
  type IncomingMessage,
  type ServerResponse as Response,
  ServerResponse,
  request as send,
} from 'node:http'
import http2 from 'node:http2'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { pipeline, Readable } from 'node:stream'
import * as log from '@clew/log'
import { listen } from '@clew/testing'
import { afterEach, describe, expect, test } from '@jest/globals'
import { memory } from './memory.ts'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()))
})

/** A server whose requests are watched, with its sockets. */
async function serve(
  handler: (req: IncomingMessage, res: Response) => void,
  options: log.HttpOptions = {},
) {
  const { logger, lines } = memory()
  const watch = logger.http(options)
  const sockets: Socket[] = []
  const server = await listen((req, res) => watch(req, res, () => handler(req, res)))
  server.server.on('connection', (socket: Socket) => sockets.push(socket))
  // Its default handler would answer; here it only closes.
  server.server.on('clientError', (_error, socket) => socket.destroy())
  open.push(server)
  return { ...server, lines, sockets }
}

async function closed(sockets: readonly Socket[]): Promise<void> {
  for (const socket of sockets) {
    if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve))
  }
  // `closed` is set before the listeners are called.
  await new Promise(setImmediate)
}

/**
 * A client that goes on when it has got something, or when the server has closed the connection.
 */
async function connected(port: number, text: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').on('error', () => {})
  socket.write(text)
  return socket
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`

const failing = (chunks: number) => {
  let left = chunks
  return new Readable({
    read() {
      if (left-- > 0) this.push('x'.repeat(100))
      else this.destroy(new Error('disk read failed'))
    },
  })
}

describe('an answer that this process does not complete is a failure', () => {
  test.each<[string, (req: IncomingMessage, res: Response) => void, number, string | undefined]>([
    [
      'a stream that fails in the middle',
      (_req, res) => void pipeline(failing(2), res.writeHead(206), () => {}),
      206,
      'disk read failed',
    ],
    [
      'a stream that fails before the header',
      (_req, res) => void pipeline(failing(0), res, () => {}),
      500,
      'disk read failed',
    ],
    [
      'destroy with an error',
      (_req, res) => {
        res.write('a')
        res.destroy(new Error('gave up'))
      },
      200,
      'gave up',
    ],
    [
      'destroy with the error of another connection',
      (_req, res) => {
        res.write('a')
        res.destroy(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }))
      },
      200,
      'read ECONNRESET',
    ],
    ['an error for the socket', (req) => void req.socket.destroy(new Error('e')), 500, 'e'],
    [
      'destroy',
      (_req, res) => {
        res.write('a')
        res.destroy()
      },
      200,
      undefined,
    ],
    ['the socket destroyed', (req) => void req.socket.destroy(), 500, undefined],
    [
      'a timeout',
      (req) => {
        req.socket.setTimeout(1)
      },
      500,
      undefined,
    ],
  ])('%s', async (_name, handler, status, message) => {
    const { port, lines, sockets } = await serve((req, res) => {
      log.info('held')
      handler(req, res)
    })
    const client = await connected(port, get('/orders'))
    client.resume()
    await once(client, 'close')
    await closed(sockets)
    expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
      ['info', 'held'],
      ['error', 'end'],
    ])
    const { fields } = lines[1] ?? {}
    expect(fields).toMatchObject({ 'http.status': status, incomplete: true })
    expect(fields).not.toHaveProperty('aborted')
    expect((fields?.['err'] as { message?: string } | undefined)?.message).toBe(message)
  })

  test('and so is a stream of HTTP/2', async () => {
    const { logger, lines } = memory()
    const watch = logger.http({ always: true })
    const server = http2.createServer((req, res) => {
      res.stream.on('error', () => {})
      watch(req as unknown as IncomingMessage, res as unknown as Response, () => {
        log.info('held')
        if (req.url === '/fails') setImmediate(() => res.stream.destroy(new Error('gave up')))
        else res.write('begun')
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const session = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const stream = session.request({ ':path': '/fails' }).on('error', () => {})
    await new Promise((resolve) => stream.resume().on('close', resolve))
    expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
      ['info', 'held'],
      ['error', 'end'],
    ])
    expect(lines[1]?.fields).toMatchObject({ err: { message: 'gave up' }, 'http.status': 500 })
    const left = session.request({ ':path': '/left' }).on('error', () => {})
    await once(left, 'data')
    left.close(http2.constants.NGHTTP2_CANCEL)
    await new Promise((resolve) => left.on('close', resolve))
    session.close()
    await new Promise((resolve) => server.close(resolve))
    expect(lines.slice(2).map(({ level, fields }) => [level, fields['aborted']])).toEqual([
      ['info', true],
    ])
  })
})

describe('a client that goes away is none', () => {
  test.each<[string, (client: Socket) => void]>([
    ['closes', (client) => client.destroy()],
    ['resets', (client) => client.resetAndDestroy()],
    ['says that it is done', (client) => client.end()],
  ])('one that %s', async (_name, leave) => {
    const { port, lines, sockets } = await serve(
      (req, res) => {
        log.info('held')
        if (req.url === '/begun') res.write('begun')
        else if (req.url === '/piped') {
          const source = new Readable({ read: () => void source.push('x'.repeat(10_000)) })
          pipeline(source, res, () => {})
        } else leaves[0]?.()
      },
      { always: true },
    )
    const leaves: (() => void)[] = []
    for (const path of ['/begun', '/piped', '/waiting']) {
      const client = await connected(port, '')
      const called = new Promise<void>((resolve) => leaves.unshift(resolve))
      client.write(get(path))
      await (path === '/waiting' ? called : once(client, 'data'))
      client.pause()
      leave(client)
      if (path === '/piped') client.destroy()
    }
    await closed(sockets)
    expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
      ['info', 'end'],
      ['info', 'end'],
      ['info', 'end'],
    ])
    for (const { fields } of lines) {
      expect(fields).toMatchObject({ 'http.status': 499, aborted: true })
      expect(fields).not.toHaveProperty('incomplete')
    }
  })

  test('one that does not take the rest of a complete answer', async () => {
    const { port, lines, sockets } = await serve(
      (req, res) => {
        res.end('x'.repeat(20_000_000))
        req.socket.setTimeout(50)
      },
      { always: true },
    )
    const client = await connected(port, get('/'))
    await once(client, 'data')
    client.pause()
    await closed(sockets)
    client.destroy()
    expect(lines[0]).toMatchObject({ level: 'info', fields: { aborted: true } })
  })
})

describe('nothing is left of a request', () => {
  const { live } = (globalThis as unknown as Record<symbol, { readonly live: Set<unknown> }>)[
    Symbol.for('@clew/log/v1')
  ] ?? { live: new Set() }

  test('that waited behind another one on its connection when the client left', async () => {
    let arrived = 0
    let ready = () => {}
    const { port, lines, sockets } = await serve(
      () => {
        if (++arrived === 20) ready()
      },
      { always: true },
    )
    const allIn = new Promise<void>((resolve) => {
      ready = resolve
    })
    const before = live.size
    const client = await connected(port, get('/hang').repeat(20))
    await allIn
    expect(live.size).toBe(before + 20)
    client.destroy()
    await closed(sockets)
    expect(live.size).toBe(before)
    expect(lines).toHaveLength(20)
    for (const { fields } of lines) expect(fields['aborted']).toBe(true)
  })

  test('whose connection was upgraded by hand', async () => {
    const { logger, lines } = memory()
    const watch = logger.http({ always: true, slowMs: 0 })
    const server = await listen((_req, res) => res.end())
    open.push(server)
    const before = live.size
    const ended = new Promise<unknown>((resolve) => {
      server.server.on('upgrade', (req, socket) => {
        // As express-ws does it.
        watch(req, new ServerResponse(req), () => {
          log.info('opened')
          socket.end(
            'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n',
          )
        })
        expect(live.size).toBe(before + 1)
        socket.on('close', resolve)
      })
    })
    const upgrade = 'upgrade: x\r\nconnection: upgrade\r\n\r\n'
    const client = await connected(server.port, get('/ws').replace(/\r\n$/, upgrade))
    client.resume()
    await ended
    expect(live.size).toBe(before)
    expect(lines.map(({ level, msg }) => [level, msg])).toEqual([['info', 'end']])
    expect(lines[0]?.fields).not.toHaveProperty('http.status')
    expect(lines[0]?.fields).not.toHaveProperty('aborted')
  })

  test('whose connection was gone before it was watched', async () => {
    const { logger, lines } = memory()
    const watch = logger.http({ always: true })
    const before = live.size
    const watched = new Promise<void>((resolve) => {
      void listen((req, res) => {
        req.socket.destroy()
        req.socket.once('close', () => setImmediate(() => watch(req, res, () => resolve())))
      }).then((server) => {
        open.push(server)
        return connected(server.port, get('/'))
      })
    })
    await watched
    await new Promise(setImmediate)
    expect([live.size, lines.length]).toEqual([before, 1])
  })

  test('and a kept-alive socket does not gather listeners', async () => {
    const counts = new Set<number>()
    const { Agent } = await import('node:http')
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const { url } = await serve((req, res) => {
      counts.add(req.socket.listenerCount('close'))
      res.end()
    })
    const before = live.size
    for (let n = 0; n < 30; n++) {
      await new Promise<void>((resolve, reject) => {
        send(url, { agent }, (res) => void res.resume().on('end', resolve))
          .on('error', reject)
          .end()
      })
    }
    agent.destroy()
    expect(counts.size).toBe(1)
    expect(live.size).toBe(before)
  })
})

test('http.bytes are those of one answer, when several wait for their turn on a connection', async () => {
  const { port, lines, sockets } = await serve(
    (req, res) => {
      const answer = () => {
        res.write('x'.repeat(100))
        res.end()
      }
      // The others are complete before the first one, and wait for it.
      if (req.url === '/last') {
        answer()
        for (const first of waiting) first()
      } else if (req.url === '/first') waiting.push(answer)
      else answer()
    },
    { always: true },
  )
  const waiting: (() => void)[] = []
  const last = get('/last').replace('host: x', 'host: x\r\nconnection: close')
  const client = await connected(port, get('/first') + get('/second') + last)
  client.resume()
  await once(client, 'close')
  await closed(sockets)
  // 100 bytes in a chunk: its length in hexadecimal, two line breaks, and the empty chunk that ends
  // it.
  expect(lines.map(({ fields }) => fields['http.bytes'])).toEqual([111, 111, 111])
})
