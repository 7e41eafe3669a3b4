import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import * as server from '@clew/server'
import { afterEach, describe, expect, test } from '@jest/globals'

// RFC 9112, HTTP/1.1: what a server that is about to close owes to its clients.

const running = new Set<server.Server>()
const sockets = new Set<Socket>()

afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  await Promise.all([...running].map((app) => app.shutdown()))
  running.clear()
  sockets.clear()
})

/** A server that holds each response until it is released by its path. */
async function start(options: server.ServerOptions = {}) {
  const seen: string[] = []
  const held = new Map<string, () => void>()
  let changed = () => {}
  const app = server.create(
    (req, res) => {
      const path = req.url ?? ''
      seen.push(path)
      if (path.startsWith('/begun')) res.write('begun ')
      held.set(path, () => res.end(`answer to ${path}.`))
      changed()
    },
    {
      address: '127.0.0.1:0',
      logger: { log() {} },
      shutdown: { drainDelayMs: 50, lingerMs: 20_000 },
      ...options,
    },
  )
  running.add(app)
  const { address } = await app.listen()
  const until = (count: number) =>
    new Promise<void>((resolve) => {
      changed = () => seen.length >= count && resolve()
      changed()
    })
  return {
    app,
    port: address.port ?? 0,
    seen,
    until,
    release: (path: string) => held.get(path)?.(),
  }
}

async function talk(port: number) {
  const socket = connect(port, '127.0.0.1')
  sockets.add(socket)
  await once(socket, 'connect')
  let heard = ''
  let look = () => {}
  socket.setEncoding('utf8').on('data', (text: string) => {
    heard += text
    look()
  })
  const closed = new Promise<string>((resolve) => socket.once('close', () => resolve(heard)))
  return {
    closed,
    ask: (...paths: string[]) =>
      socket.write(paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`).join('')),
    until: (part: string) =>
      new Promise<void>((resolve) => {
        look = () => heard.includes(part) && resolve()
        look()
      }),
  }
}

const count = (text: string, part: RegExp) => [...text.matchAll(part)].length

describe('9.3.2 pipelining', () => {
  test('requests that were sent together are all answered, in order, when a shutdown comes', async () => {
    const { app, port, until, release } = await start()
    const client = await talk(port)
    client.ask('/1', '/2', '/3')
    await until(3)
    const stopped = app.shutdown()
    for (const path of ['/3', '/1', '/2']) release(path)
    const heard = await client.closed
    expect(heard).toMatch(/answer to \/1\.[\s\S]*answer to \/2\.[\s\S]*answer to \/3\./)
    expect(await stopped).toMatchObject({ inFlight: 3, answered: 3, aborted: 0, cut: 0 })
  })

  test('and when they arrive while the server drains', async () => {
    const { app, port, until, release } = await start()
    const client = await talk(port)
    const stopped = app.shutdown()
    client.ask('/1', '/2')
    await until(2)
    release('/1')
    release('/2')
    expect(count(await client.closed, /answer to/g)).toBe(2)
    expect(await stopped).toMatchObject({ arrived: 2, answered: 2, aborted: 0, cut: 0 })
  })
})

describe('9.6 tear-down', () => {
  test('the last response, and only the last, says Connection: close', async () => {
    const { app, port, until, release } = await start()
    const client = await talk(port)
    client.ask('/1', '/2')
    await until(2)
    const stopped = app.shutdown()
    release('/1')
    release('/2')
    const heard = await client.closed
    expect(count(heard, /Connection: close/g)).toBe(1)
    expect(heard.indexOf('Connection: close')).toBeGreaterThan(heard.indexOf('answer to /1'))
    await stopped
  })

  test('a request after a response that said close is not processed', async () => {
    const { app, port, seen, until, release } = await start()
    const client = await talk(port)
    const stopped = app.shutdown()
    client.ask('/begun')
    await until(1)
    await client.until('Connection: close')
    client.ask('/too-late')
    const other = await talk(port)
    other.ask('/2')
    await until(2)
    release('/begun')
    release('/2')
    expect(count(await client.closed, /HTTP\/1.1 200/g)).toBe(1)
    expect(await stopped).toMatchObject({ arrived: 2, answered: 2, aborted: 0 })
    expect(seen).toEqual(['/begun', '/2'])
  })

  test('a response that promised to keep the connection keeps it, for one more request', async () => {
    const { app, port, until, release } = await start()
    const client = await talk(port)
    client.ask('/begun')
    await client.until('begun')
    const stopped = app.shutdown()
    release('/begun')
    await client.until('answer to /begun')
    client.ask('/2')
    await until(2)
    release('/2')
    expect(count(await client.closed, /Connection: close/g)).toBe(1)
    expect(await stopped).toMatchObject({ inFlight: 1, arrived: 1, answered: 2 })
  })
})

describe('9.5 failures and timeouts', () => {
  test('408 and 431 end the connection and say so', async () => {
    const { port } = await start({ timeouts: { readHeaderMs: 200 }, maxHeaderBytes: 1_024 })
    const slow = connect(port, '127.0.0.1')
    const large = connect(port, '127.0.0.1')
    slow.write('GET / HT')
    large.write(`GET / HTTP/1.1\r\nA: ${'x'.repeat(2_000)}\r\n\r\n`)
    for (const [socket, status] of [
      [slow, 408],
      [large, 431],
    ] as const) {
      sockets.add(socket)
      let heard = ''
      socket.setEncoding('utf8').on('data', (text: string) => {
        heard += text
      })
      await new Promise((resolve) => socket.once('close', resolve))
      expect(heard).toMatch(new RegExp(`^HTTP/1.1 ${status} [\\s\\S]*Connection: close`))
    }
  })
})
