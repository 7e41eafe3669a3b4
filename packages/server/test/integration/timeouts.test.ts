import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import * as server from '@clew/server'
import { afterEach, describe, expect, test } from '@jest/globals'

const running = new Set<server.Server>()
const sockets = new Set<Socket>()

async function start(handler: server.Handler, options: server.ServerOptions) {
  const logs = watched()
  const app = server.create(handler, {
    address: '127.0.0.1:0',
    logger: { log: (level, message, fields) => logs.add(`${level} ${message}`, fields) },
    shutdown: { timeoutMs: 200 },
    ...options,
  })
  running.add(app)
  const { address } = await app.listen()
  return { app, port: address.port ?? 0, logs }
}

/** Log lines that can be waited for. */
function watched() {
  const lines: { readonly line: string; readonly fields: Record<string, unknown> }[] = []
  let look = () => {}
  return {
    lines,
    add(line: string, fields: Record<string, unknown> = {}) {
      lines.push({ line, fields })
      look()
    },
    until: (line: string) =>
      new Promise<Record<string, unknown>>((resolve) => {
        look = () => {
          const found = lines.find((one) => one.line === line)
          if (found) resolve(found.fields)
        }
        look()
      }),
  }
}

/** A connection that says `text`, and what comes back. */
async function say(port: number, text: string) {
  const socket = connect(port, '127.0.0.1')
  sockets.add(socket)
  socket.on('error', () => {})
  await once(socket, 'connect')
  socket.write(text)
  const closed = new Promise((resolve) => socket.once('close', resolve))
  let heard = ''
  let look = () => {}
  return {
    socket,
    listen() {
      socket.setEncoding('utf8').on('data', (more: string) => {
        heard += more
        look()
      })
      return this
    },
    until: (part: string) =>
      new Promise<void>((resolve) => {
        look = () => heard.includes(part) && resolve()
        look()
      }),
    get heard() {
      return heard
    },
    closed,
  }
}

afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  await Promise.all([...running].map((app) => app.shutdown()))
  running.clear()
  sockets.clear()
})

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`

describe('write guard', () => {
  test('cuts a reader that stopped; spares a slow handler, a quiet event stream and a slow reader', async () => {
    const release: (() => void)[] = []
    const { port, logs } = await start(
      (req, res) => {
        if (req.url === '/download' || req.url === '/slow-reader') res.end(Buffer.alloc(32 << 20))
        if (req.url === '/events') {
          res.writeHead(200, { 'content-type': 'text/event-stream' })
          res.write('data: first\n\n')
          release.push(() => res.end('data: second\n\n'))
        }
        if (req.url === '/think') release.push(() => res.end('thought'))
      },
      { timeouts: { writeMs: 400 } },
    )
    const events = (await say(port, get('/events'))).listen()
    const think = (await say(port, get('/think'))).listen()
    await events.until('first')
    // Takes a little now and then, for longer than the limit.
    const slow = await say(port, get('/slow-reader'))
    const sip = setInterval(() => slow.socket.resume().once('data', () => slow.socket.pause()), 5)
    const stalled = await say(port, get('/download'))
    const fields = await logs.until('warn response cut: the client stopped reading')
    expect(fields).toMatchObject({ method: 'GET', path: '/download' })
    stalled.socket.resume()
    await stalled.closed
    for (const go of release) go()
    await Promise.all([events.until('second'), think.until('thought')])
    clearInterval(sip)
    expect(slow.socket.closed).toBe(false)
    expect(logs.lines.filter(({ line }) => line.includes('cut'))).toHaveLength(1)
  })

  test('spares a reader that pauses again and again for less than the limit', async () => {
    const bytes = 48 << 20
    const { port, logs } = await start((_req, res) => void res.end(Buffer.alloc(bytes)), {
      timeouts: { writeMs: 1_200 },
    })
    const { socket, closed } = await say(
      port,
      'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    )
    let read = 0
    let stopAt = 8 << 20
    const paused = () =>
      new Promise<void>((resolve) => {
        socket.on('data', (chunk: Buffer) => {
          read += chunk.length
          if (read < stopAt) return
          socket.pause()
          resolve()
        })
      })
    for (let round = 1; round <= 4; round++) {
      const full = paused()
      socket.resume()
      await Promise.race([full, closed])
      socket.removeAllListeners('data')
      stopAt += 8 << 20
      await new Promise((resolve) => setTimeout(resolve, 700))
    }
    socket.on('data', (chunk: Buffer) => {
      read += chunk.length
    })
    socket.resume()
    await closed
    expect(read).toBeGreaterThan(bytes)
    expect(logs.lines.filter(({ line }) => line.includes('cut'))).toEqual([])
  })

  test('does not shorten the time a connection has for its first header', async () => {
    const { port } = await start((_req, res) => void res.end('ok'), { timeouts: { writeMs: 100 } })
    const late = (await say(port, '')).listen()
    const slow = (await say(port, get('/').slice(0, 10))).listen()
    // Another connection's keep-alive time passes meanwhile: event to wait for.
    const idle = (await say(port, 'GET / HTTP/1.0\r\nConnection: close\r\n\r\n')).listen()
    await idle.closed
    await new Promise((resolve) => setTimeout(resolve, 300))
    late.socket.write(get('/'))
    slow.socket.write(get('/').slice(10))
    await Promise.all([late.until('ok'), slow.until('ok')])
  })
})

describe('timeouts in Go terms', () => {
  test('readHeaderMs: half a header is answered with 408', async () => {
    const { app, port, logs } = await start((_req, res) => void res.end(), {
      timeouts: { readHeaderMs: 200 },
    })
    const half = (await say(port, 'GET / HTTP/1.1\r\nHo')).listen()
    await half.closed
    expect(half.heard).toMatch(/^HTTP\/1.1 408 /)
    expect((await app.shutdown()).refused).toMatchObject({ timeout: 1 })
    expect(logs.lines).toContainEqual({
      line: 'info request refused',
      fields: { reason: 'timeout', status: 408 },
    })
  })

  test('what is no HTTP is answered with 400; of many refusals one is logged', async () => {
    const { app, port, logs } = await start((_req, res) => void res.end(), {})
    for (let i = 0; i < 3; i++) {
      const other = (await say(port, 'SSH-2.0-x\r\n\r\n')).listen()
      await other.closed
      expect(other.heard).toMatch(/^HTTP\/1.1 400 Bad Request\r\nConnection: close\r\n\r\n$/)
    }
    expect(logs.lines.filter(({ line }) => line === 'info request refused')).toHaveLength(1)
    expect((await app.shutdown()).refused).toMatchObject({ malformed: 3 })
  })

  test('readMs: half a body is answered with 408; the time of the handler does not count', async () => {
    let release = () => {}
    const { port } = await start(
      (req, res) => {
        if (req.method === 'POST') req.on('error', () => {}).resume()
        else release = () => res.end('in my own time')
      },
      { timeouts: { readMs: 300 } },
    )
    const slow = (await say(port, get('/'))).listen()
    const half = (
      await say(port, 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf')
    ).listen()
    await half.closed
    expect(half.heard).toMatch(/^HTTP\/1.1 408 /)
    release()
    await slow.until('in my own time')
  })

  test('idleMs: an unused keep-alive connection is closed, with and without the write guard', async () => {
    for (const writeMs of [0, 60_000]) {
      const { port } = await start((_req, res) => void res.end('ok'), {
        timeouts: { idleMs: 100, writeMs },
      })
      const idle = (await say(port, get('/'))).listen()
      await idle.until('ok')
      await idle.closed
    }
  })

  test('maxHeaderBytes: more is answered with 431', async () => {
    const { port } = await start((_req, res) => void res.end('ok'), { maxHeaderBytes: 2048 })
    const fits = (
      await say(port, `${get('/').slice(0, -2)}A: ${'x'.repeat(1500)}\r\n\r\n`)
    ).listen()
    await fits.until('ok')
    const big = (await say(port, `${get('/').slice(0, -2)}A: ${'x'.repeat(3000)}\r\n\r\n`)).listen()
    await big.closed
    expect(big.heard).toMatch(/^HTTP\/1.1 431 /)
  })
})
