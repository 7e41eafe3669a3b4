import { once } from 'node:events'
import { createServer, request as httpRequest, type ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import * as server from '@clew/server'
import { afterEach, describe, expect, test } from '@jest/globals'
import Koa from 'koa'
import { WebSocket, WebSocketServer } from 'ws'

// What a client sees of a server that drains, whatever its handlers do.

const running = new Set<server.Server>()
const sockets = new Set<Socket>()
const logger: server.LoggerPart = { log() {} }

async function start(handler: server.Handler, options: server.ServerOptions = {}) {
  const app = server.create(handler, { address: '127.0.0.1:0', logger, ...options })
  running.add(app)
  const { address } = await app.listen()
  return { app, url: address.url, port: address.port ?? 0 }
}

afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  await Promise.all([...running].map((app) => app.shutdown()))
  running.clear()
  sockets.clear()
})

/** A connection, with what it has heard so far. */
async function talk(port: number) {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  sockets.add(socket)
  const errors: string[] = []
  let heard = ''
  let look = () => {}
  socket.on('error', (error: NodeJS.ErrnoException) => errors.push(error.code ?? ''))
  socket.setEncoding('latin1').on('data', (text: string) => {
    heard += text
    look()
  })
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  await once(socket, 'connect')
  return {
    socket,
    errors,
    closed,
    ended: new Promise<void>((resolve) => socket.once('end', () => resolve())),
    get heard() {
      return heard
    },
    say: (text: string | Buffer) => void socket.write(text),
    until: (part: string) =>
      new Promise<void>((resolve) => {
        look = () => heard.includes(part) && resolve()
        look()
      }),
  }
}

const get = (path = '/') => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`
const turn = () => new Promise((resolve) => setImmediate(resolve))
async function enters(app: server.Server, state: server.ServerState) {
  while (app.state !== state) await turn()
}

describe('a request on a connection that is being closed', () => {
  test('is not run: its client would not hear of it', async () => {
    const seen: string[] = []
    const { app, port } = await start(
      (req, res) => {
        seen.push(req.url ?? '')
        res.end('ok')
      },
      { shutdown: { lingerMs: 50 } },
    )
    const idle = await talk(port)
    const unused = await talk(port)
    idle.say(get('/first'))
    await idle.until('ok')
    const stopped = app.shutdown()
    await Promise.all([idle.ended, unused.ended])
    // The server has closed its side.
    for (const client of [idle, unused]) client.say(get('/late') + get('/later'))
    const report = await stopped
    expect(seen).toEqual(['/first'])
    expect(report).toMatchObject({ clean: true, arrived: 0, cut: 0, cutRequests: [] })
    expect(report.refused.late).toBeGreaterThanOrEqual(2)
  })

  test('is not run behind a response that said close by itself, without a shutdown either', async () => {
    const seen: string[] = []
    const open = new Set<ServerResponse>()
    const { port } = await start((req, res) => {
      seen.push(req.url ?? '')
      res.setHeader('connection', 'Close')
      res.write('begun')
      open.add(res)
    })
    const client = await talk(port)
    client.say(get('/first'))
    await client.until('begun')
    client.say(get('/second'))
    const other = await talk(port)
    other.say(get('/third'))
    await other.until('begun')
    for (const res of open) res.end()
    await client.ended
    expect(seen).toEqual(['/first', '/third'])
  })

  test('that arrived while the event loop was busy at the end of the lingering is answered', async () => {
    const { app, port } = await start((_req, res) => void res.end('ok'), {
      shutdown: { lingerMs: 100 },
    })
    const idle = await talk(port)
    idle.say(get('/first'))
    await idle.until('ok')
    const stopped = app.shutdown()
    await enters(app, 'closing')
    idle.say(get('/second'))
    await new Promise<void>((resolve) =>
      setImmediate(() => {
        for (const end = performance.now() + 200; performance.now() < end; );
        resolve()
      }),
    )
    await idle.ended
    expect(await stopped).toMatchObject({ clean: true, arrived: 1, answered: 1 })
    expect(idle.heard.match(/200 OK/g)).toHaveLength(2)
  })
})

describe('Connection: close reaches the client, whatever a handler writes', () => {
  const upstream = createServer((_req, res) => void res.end('proxied'))
  afterEach(() => void upstream.close())

  type Write = (res: ServerResponse) => void
  const ways: Record<string, Write> = {
    nothing: (res) => res.end('x'),
    setHeader: (res) => void res.setHeader('connection', 'keep-alive').end('x'),
    'writeHead with an object': (res) =>
      void res.writeHead(200, { CONNECTION: 'keep-alive', 'x-a': '1' }).end('x'),
    'writeHead with a reason': (res) =>
      void res.writeHead(200, 'Fine', { connection: 'keep-alive', 'x-a': '1' }).end('x'),
    'writeHead with a list': (res) =>
      void res.writeHead(200, ['connection', 'keep-alive', 'x-a', '1']).end('x'),
    'writeHead with a list, after setHeader': (res) => {
      res.setHeader('connection', 'keep-alive')
      res.writeHead(200, ['Connection', 'keep-alive', 'x-a', '1']).end('x')
    },
    'writeHead with pairs': (res) =>
      void res
        .writeHead(200, [
          ['Connection', 'keep-alive'],
          ['x-a', '1'],
        ] as never)
        .end('x'),
    'removal of all headers': (res) => {
      for (const name of res.getHeaderNames()) res.removeHeader(name)
      res.removeHeader('connection')
      res.end('x')
    },
    flushHeaders: (res) => {
      res.setHeader('connection', 'keep-alive')
      res.flushHeaders()
      res.end('x')
    },
    '103 before it': (res) => {
      res.writeEarlyHints({ link: '</a.css>; rel=preload' })
      res.setHeader('connection', 'keep-alive').end('x')
    },
    'a proxy that copies headers': (res) => {
      const { port } = upstream.address() as { port: number }
      httpRequest({ port, headers: { connection: 'keep-alive' } }, (answer) => {
        for (const [name, value = ''] of Object.entries(answer.headers)) res.setHeader(name, value)
        answer.pipe(res)
      }).end()
    },
  }

  for (const [way, write] of Object.entries(ways)) {
    test(`${way}, in flight and arriving while draining`, async () => {
      upstream.listen(0)
      let release = () => {}
      const { app, port } = await start((_req, res) => {
        if (app.state === 'listening') release = () => write(res)
        else write(res)
      })
      const [before, during] = [await talk(port), await talk(port)]
      before.say(get())
      while (app.inFlight === 0) await turn()
      const stopped = app.shutdown()
      release()
      during.say(get())
      await Promise.all([before.ended, during.ended])
      for (const { heard } of [before, during]) {
        expect(heard).toMatch(/^HTTP\/1.1 (103|200)/)
        expect(heard.match(/^connection:.*$/gim)).toEqual(['Connection: close'])
      }
      for (const { socket } of [before, during]) socket.end()
      expect(await stopped).toMatchObject({ clean: true, answered: 2 })
      upstream.close()
    })
  }

  test("Koa's ctx.throw, which removes all headers", async () => {
    const koa = new Koa()
    koa.silent = true
    koa.use((ctx) => ctx.throw(418, 'no'))
    const { app, port } = await start(koa.callback())
    const client = await talk(port)
    const stopped = app.shutdown()
    client.say(get())
    await client.ended
    expect(client.heard).toMatch(/^HTTP\/1.1 418 [\s\S]*Connection: close/)
    client.socket.end()
    await stopped
  })
})

describe('many early answers on one connection', () => {
  test('leave it as it was: Node closes it in one step, however many there were', async () => {
    let socket: Socket | undefined
    const closes = new Set<unknown>()
    const { app, port } = await start((req, res) => {
      socket ??= req.socket
      closes.add(socket.destroySoon)
      req.resume()
      res.end('early')
    })
    const client = connect(port, '127.0.0.1').setEncoding('latin1')
    sockets.add(client)
    for (let i = 0; i < 20; i++) {
      client.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n')
      await once(client, 'data')
      client.write('body')
    }
    client.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    await once(client, 'close')
    expect(closes.size).toBe(1)
    await app.shutdown()
  })
})

describe('an answer before the end of the upload', () => {
  const post = (length: number, more = '') =>
    `POST / HTTP/1.1\r\nHost: x\r\n${more}Content-Length: ${length}\r\n\r\n`
  const total = 32 << 20

  /** Sends all of a large body, and only then reads: a client such as Python's `http.client`. */
  async function upload(port: number, more?: string) {
    const socket = connect(port, '127.0.0.1').pause()
    sockets.add(socket)
    let failure: string | undefined
    socket.on('error', (error: NodeJS.ErrnoException) => {
      failure = error.code
    })
    await once(socket, 'connect')
    socket.write(post(total, more))
    const chunk = Buffer.alloc(1 << 20)
    return {
      async send() {
        for (let sent = 0; sent < total && failure === undefined; sent += chunk.length) {
          if (!socket.write(chunk))
            await Promise.race([once(socket, 'drain'), once(socket, 'close')])
        }
        let heard = ''
        socket.setEncoding('latin1').on('data', (text: string) => {
          heard += text
        })
        socket.resume()
        if (!socket.closed) await once(socket, 'close')
        return { failure, heard }
      },
    }
  }

  const answers: Record<string, server.Handler> = {
    'without reading any of it': (_req, res) => void res.writeHead(413).end('too large'),
    'after reading some of it': (req, res) => {
      req.once('data', () => {
        req.pause()
        res.writeHead(413).end('too large')
      })
    },
    'after unpipe': (req, res) => {
      req.once('readable', () => {
        req.read()
        res.writeHead(413).end('too large')
      })
    },
  }
  for (const [how, handler] of Object.entries(answers)) {
    test(`${how}: reaches the client while draining, and when the client asked for close`, async () => {
      const { app, port } = await start(handler)
      const closing = await (await upload(port, 'Connection: close\r\n')).send()
      const client = await upload(port)
      const stopped = app.shutdown()
      const draining = await client.send()
      for (const { failure, heard } of [closing, draining]) {
        expect(failure).toBeUndefined()
        expect(heard).toMatch(/^HTTP\/1.1 413 [\s\S]*Connection: close[\s\S]*too large/i)
      }
      expect(await stopped).toMatchObject({ clean: true, cut: 0 })
    })
  }

  test('a handler that answers first and reads on gets all of it', async () => {
    let read = 0
    const { app, port } = await start((req, res) => {
      req.on('data', (chunk: Buffer) => {
        read += chunk.length
      })
      res.writeHead(202).end('accepted')
    })
    const client = await upload(port)
    const stopped = app.shutdown()
    expect((await client.send()).heard).toMatch(/accepted/)
    await stopped
    expect(read).toBe(total)
  })

  test('the reading ends at discardMs', async () => {
    const { port } = await start((_req, res) => void res.writeHead(413).end('too large'), {
      timeouts: { discardMs: 50 },
    })
    const endless = await talk(port)
    endless.say(post(2 ** 40, 'Connection: close\r\n'))
    const drip = setInterval(() => endless.say('drip'), 5)
    await endless.closed
    clearInterval(drip)
    expect(endless.heard).toMatch(/413/)
  })

  test('a refusal reaches a client that is still sending', async () => {
    const { app, port } = await start((_req, res) => void res.end(), { maxHeaderBytes: 1_024 })
    const client = await talk(port)
    client.say(`GET / HTTP/1.1\r\nHost: x\r\nA: ${'x'.repeat(4 << 20)}\r\n\r\n`)
    await client.until('431')
    for (let i = 0; i < 20; i++) {
      client.say('x'.repeat(100_000))
      await turn()
    }
    client.socket.end()
    await client.closed
    expect(client.errors).toEqual([])
    expect(client.heard).toMatch(/^HTTP\/1.1 431 [\s\S]*Connection: close/)
    expect((await app.shutdown()).refused).toMatchObject({ tooLarge: 1, malformed: 0 })
  })
})

describe('the body of a request', () => {
  const head = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n'
  const echo: server.Handler = (req, res) => {
    if (req.headers['x-ms']) server.readWithin(req, Number(req.headers['x-ms']))
    req
      .on('error', () => {})
      .on('end', () => res.end('all of it'))
      .resume()
  }

  test('may take longer than readMs as long as it makes progress', async () => {
    const { port } = await start(echo, { timeouts: { readMs: 300 }, readProgressBytes: 100_000 })
    const client = await talk(port)
    client.say(head)
    for (let i = 0; i < 10; i++) {
      client.say(Buffer.alloc(100_000))
      await new Promise((resolve) => setTimeout(resolve, 120))
    }
    await client.until('all of it')
  })

  test('is cut when it only drips, or at readMs where progress does not count', async () => {
    for (const readProgressBytes of [100_000, 0]) {
      const { port } = await start(echo, { timeouts: { readMs: 300 }, readProgressBytes })
      const client = await talk(port)
      client.say(head)
      const drip = setInterval(() => client.say(Buffer.alloc(readProgressBytes ? 10 : 10_000)), 20)
      await client.until('408')
      clearInterval(drip)
    }
  })

  test('has the limit of its route', async () => {
    const { port } = await start(echo, { timeouts: { readMs: 60_000 } })
    const client = await talk(port)
    client.say(head.replace('Host', 'X-Ms: 300\r\nHost'))
    await client.until('408')
  })

  test('is limited behind an early answer too', async () => {
    const { port } = await start((_req, res) => void res.end('early'), {
      timeouts: { readMs: 300 },
    })
    const client = await talk(port)
    client.say(head)
    await client.until('early')
    const drip = setInterval(() => client.say('x'), 20)
    await client.closed
    clearInterval(drip)
  })
})

describe('idleMs: 0', () => {
  test('keeps idle connections, with the write guard too', async () => {
    const { port } = await start((_req, res) => void res.end('ok'), {
      timeouts: { idleMs: 0, writeMs: 80 },
    })
    const client = await talk(port)
    client.say(get())
    await client.until('ok')
    // Ends after the guard has looked several times.
    const other = await talk(port)
    await new Promise((resolve) => setTimeout(resolve, 300))
    other.socket.destroy()
    client.say(get('/2').replace('Host', 'Connection: close\r\nHost'))
    await client.ended
    expect(client.heard.match(/200 OK/g)).toHaveLength(2)
  })
})

describe('many clients that leave at once', () => {
  test('cost no look at all the others for each of them', async () => {
    const { app, port } = await start((req) => void req.on('error', () => {}).resume())
    const clients = await Promise.all(Array.from({ length: 200 }, () => talk(port)))
    for (const client of clients) {
      client.say('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf')
    }
    while (app.inFlight < clients.length) await turn()
    for (const { socket } of clients) socket.end()
    await Promise.all(clients.map(({ closed }) => closed))
    while (app.inFlight > 0) await turn()
    expect(app.inFlight).toBe(0)
  })
})

describe('what lasts', () => {
  const events: server.Handler = (req, res) => {
    res.setHeader('access-control-allow-origin', 'https://shop.example')
    res.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n')
    const { aborted } = server.draining(req)
    if (aborted) res.write('data: late\n\n')
    const beat = setInterval(() => res.write('data: 2\n\n'), 5)
    server.draining(req).addEventListener('abort', () => res.end('data: bye\n\n'))
    res.on('close', () => clearInterval(beat))
  }
  const source = get().replace('\r\n\r\n', '\r\nAccept: text/event-stream\r\n\r\n')

  test('an event stream hears of the end; one opened while draining ends by itself', async () => {
    const { app, port } = await start(events, { shutdown: { drainDelayMs: 400 } })
    const before = await talk(port)
    before.say(source)
    await before.until('data: 2')
    const stopped = app.shutdown()
    await before.until('data: bye')
    const during = await talk(port)
    during.say(source)
    await during.ended
    // With the header of the handler, and a complete body: an EventSource connects again.
    expect(during.heard).toMatch(
      /^HTTP\/1.1 200 OK[\s\S]*access-control-allow-origin: https:\/\/shop[\s\S]*data: 1[\s\S]*late[\s\S]*\r\n0\r\n\r\n$/,
    )
    for (const { socket } of [before, during]) socket.end()
    expect(await stopped).toMatchObject({ clean: true, answered: 2, cut: 0 })
  })

  test('a streamed answer that began while draining is finished', async () => {
    const { app, port } = await start(
      (_req, res) => {
        res.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n')
        setTimeout(() => res.end('data: done\n\n'), 50)
      },
      { shutdown: { drainDelayMs: 200 } },
    )
    const stopped = app.shutdown()
    const client = await talk(port)
    client.say(source.replace('GET', 'POST'))
    await client.until('data: done')
    client.socket.end()
    expect(await stopped).toMatchObject({ clean: true, answered: 1 })
  })

  async function openable(options: server.ServerOptions) {
    const wss = new WebSocketServer({ noServer: true })
    const { app, port } = await start((_req, res) => void res.end(), {
      onUpgrade: (req, socket, head) =>
        wss.handleUpgrade(req, socket, head, (ws) => {
          if (server.draining(req).aborted) ws.close(1012)
          ws.on('message', (text) => ws.send(`echo ${String(text)}`))
        }),
      ...options,
    })
    const open = async () => {
      const ws = new WebSocket(`ws://127.0.0.1:${port}`)
      const closed = once(ws, 'close').then(([code]) => code as number)
      await once(ws, 'open')
      return { ws, closed }
    }
    return { app, open }
  }

  test('a WebSocket works until it is told 1001; one opened while draining can know', async () => {
    const { app, open } = await openable({ shutdown: { drainDelayMs: 300, lingerMs: 50 } })
    const first = await open()
    const stopped = app.shutdown()
    const second = await open()
    expect(await second.closed).toBe(1012)
    first.ws.send('hello')
    expect(String((await once(first.ws, 'message'))[0])).toBe('echo hello')
    expect(await first.closed).toBe(1001)
    expect(await stopped).toMatchObject({ clean: true, connections: { upgraded: 1, cut: 0 } })
  })

  test('one that does not answer is kept to the deadline, and said to be cut', async () => {
    const { app, open } = await openable({ shutdown: { timeoutMs: 500, lingerMs: 20 } })
    const { ws, closed } = await open()
    ws.pause()
    const report = await app.shutdown()
    expect(report).toMatchObject({ clean: false, connections: { upgraded: 1, cut: 1 } })
    ws.resume()
    expect(await closed).toBe(1001)
  })
})
