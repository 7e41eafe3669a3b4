import { once } from 'node:events'
import { Agent, get, type ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import * as server from '@clew/server'
import { afterEach, describe, expect, test } from '@jest/globals'

const logs: { level: string; message: string; fields: Record<string, any> }[] = []
const logger: server.LoggerPart = {
  log: (level, message, fields = {}) => void logs.push({ level, message, fields }),
}
const running = new Set<server.Server>()

async function start(handler: server.Handler, options: server.ServerOptions = {}) {
  logs.length = 0
  const app = server.create(handler, { address: '127.0.0.1:0', logger, ...options })
  running.add(app)
  const bound = await app.listen()
  return { app, url: bound.address.url, port: bound.address.port ?? 0, admin: bound.admin?.url }
}

afterEach(async () => {
  await Promise.all([...running].map((app) => app.shutdown()))
  running.clear()
})

interface Answer {
  readonly status: number
  readonly headers: Record<string, any>
  readonly body: string
}

function ask(url: string, options: Record<string, unknown> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false, ...options }, (res) => {
      let body = ''
      res.setEncoding('utf8').on('data', (text: string) => {
        body += text
      })
      res.on('end', () => resolve({ status: res.statusCode ?? 0, headers: res.headers, body }))
      res.on('error', reject)
    }).on('error', reject)
  })
}

async function raw(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

/** A handler that waits until `release()`; `arrived` resolves when the first request is in it. */
function gate() {
  let release = () => {}
  let enter = () => {}
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  const arrived = new Promise<void>((resolve) => {
    enter = resolve
  })
  return { release, arrived, enter, released }
}

describe('shutdown', () => {
  test('a request in flight is answered with Connection: close, and named in no list', async () => {
    const hold = gate()
    const { app, url } = await start(async (_req, res) => {
      hold.enter()
      await hold.released
      res.end('done')
    })
    const agent = new Agent({ keepAlive: true })
    const answer = ask(url, { agent })
    await hold.arrived
    expect(app.inFlight).toBe(1)
    const stopped = app.shutdown('test')
    expect(app.state).toBe('draining')
    hold.release()
    expect(await answer).toMatchObject({
      status: 200,
      body: 'done',
      headers: { connection: 'close' },
    })
    const report = await stopped
    expect(report).toMatchObject({
      reason: 'test',
      clean: true,
      inFlight: 1,
      answered: 1,
      cut: 0,
      cutRequests: [],
    })
    expect(app.state).toBe('stopped')
    agent.destroy()
  })

  test('hooks run in reverse order, each bounded, all even if one throws; then telemetry, the logger last', async () => {
    const order: string[] = []
    const part = (name: string) => ({ shutdown: async () => void order.push(name) })
    const { app } = await start((_req, res) => void res.end(), {
      logger: { ...logger, ...part('logger') },
      tracing: part('tracing'),
      metrics: part('metrics'),
      onShutdown: [
        function database() {
          order.push('database')
        },
        () => {
          order.push('cache')
          throw new Error('cache is\nbroken')
        },
        function stuck() {
          order.push('stuck')
          return new Promise(() => {})
        },
      ],
      shutdown: { hookMs: 30 },
    })
    const report = await app.shutdown()
    expect(order).toEqual(['stuck', 'cache', 'database', 'tracing', 'metrics', 'logger'])
    expect(report.hooks).toMatchObject([
      { name: 'stuck', outcome: 'timeout', error: 'not done after 30 ms' },
      { name: 'onShutdown[1]', outcome: 'failed', error: 'cache is broken' },
      { name: 'database', outcome: 'done' },
    ])
    expect(report.flushed.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual([
      'tracing done',
      'metrics done',
      'logger done',
    ])
    expect(report.clean).toBe(false)
  })

  test('a request that does not end: its signal aborts, then it is cut and named', async () => {
    const hold = gate()
    const reasons: unknown[] = []
    const { app, url } = await start(
      (req, res) => {
        server.signal(req).addEventListener('abort', () => {
          reasons.push(server.signal(req).reason.code)
        })
        res.write('begun')
        hold.enter()
      },
      { shutdown: { timeoutMs: 300, abortMs: 100 } },
    )
    const answer = ask(`${url}/slow?token=secret`)
    const failed = expect(answer).rejects.toMatchObject({ code: 'ECONNRESET' })
    await hold.arrived
    const report = await app.shutdown()
    await failed
    expect(reasons).toEqual(['ERR_SERVER_CLOSING'])
    expect(report).toMatchObject({
      clean: false,
      cut: 1,
      cutRequests: [{ method: 'GET', path: '/slow', responding: true }],
    })
    const line = logs.find(({ message }) => message === 'server stopped')
    expect(line).toMatchObject({ level: 'warn', fields: { cut: 1 } })
    expect(JSON.stringify(logs)).not.toContain('secret')
  })

  test('a handler that gives up when its signal aborts answers 503, and is not cut', async () => {
    const hold = gate()
    const { app, url } = await start(
      async (req, _res) => {
        const { signal } = { signal: server.signal(req) }
        hold.enter()
        await new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason))
        })
      },
      { shutdown: { timeoutMs: 1_000, abortMs: 400 } },
    )
    const answer = ask(url)
    await hold.arrived
    const report = await app.shutdown()
    expect(await answer).toMatchObject({ status: 503, body: 'Service Unavailable\n' })
    expect(report).toMatchObject({ clean: true, answered: 1, cut: 0 })
  })

  test('the signal of a request aborts when its client goes; that is no error', async () => {
    const aborted = gate()
    const { app, url } = await start(async (req) => {
      const signal = server.signal(req)
      aborted.enter()
      await new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          aborted.release()
          reject(signal.reason)
        })
      })
    })
    const call = get(url, { agent: false }).on('error', () => {})
    await aborted.arrived
    call.destroy()
    await aborted.released
    const report = await app.shutdown()
    expect(report).toMatchObject({ clean: true, inFlight: 0 })
    expect(logs.filter(({ level }) => level === 'error' || level === 'warn')).toEqual([])
    expect(logs.map(({ message }) => message)).toContain(
      'request abandoned: the client has disconnected',
    )
  })

  test('the signal of a request that nobody serves never aborts; asked late, it tells the truth', async () => {
    expect(server.signal({} as never).aborted).toBe(false)
    const hold = gate()
    let late: AbortSignal | undefined
    const { url } = await start((req, res) => {
      hold.enter()
      res.once('close', () => {
        late = server.signal(req)
        hold.release()
      })
    })
    const call = get(url, { agent: false }).on('error', () => {})
    await hold.arrived
    call.destroy()
    await hold.released
    expect(late?.reason).toMatchObject({ code: 'ERR_SERVER_CLIENT_GONE' })
  })

  test('an event stream ends at onDrain, so that a shutdown does not wait for it', async () => {
    const hold = gate()
    const streams = new Set<ServerResponse>()
    const { app, url } = await start(
      (_req, res) => {
        streams.add(res)
        res.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n')
        hold.enter()
      },
      {
        onDrain: () => {
          for (const res of streams) res.end('data: bye\n\n')
        },
      },
    )
    const answer = ask(url)
    await hold.arrived
    expect(await app.shutdown()).toMatchObject({ clean: true, answered: 1 })
    expect((await answer).body).toBe('data: 1\n\ndata: bye\n\n')
  })

  test('a request on an idle connection after the listener closed is answered, and ends the connection', async () => {
    const { app, port } = await start((_req, res) => void res.end('late but served'), {
      shutdown: { lingerMs: 20_000 },
    })
    const idle = await raw(port)
    const unused = await raw(port)
    idle.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    await once(idle, 'data')
    const stopped = app.shutdown()
    while (app.state !== 'closing') await new Promise((resolve) => setImmediate(resolve))
    const refused = connect(port, '127.0.0.1')
    expect(await once(refused, 'error')).toMatchObject([{ code: 'ECONNREFUSED' }])
    for (const socket of [idle, unused]) {
      let heard = ''
      socket.setEncoding('utf8').on('data', (text: string) => {
        heard += text
      })
      socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
      await once(socket, 'close')
      expect(heard).toMatch(/Connection: close[\s\S]*late but served/)
    }
    expect(await stopped).toMatchObject({ clean: true, arrived: 2, answered: 2 })
  })

  test('preconnected, half-open, idle and upgraded connections do not pin it', async () => {
    const upgraded = gate()
    const { app, port, url } = await start((_req, res) => void res.end('ok'), {
      shutdown: { lingerMs: 50, timeoutMs: 400 },
      onUpgrade(_req, socket) {
        socket.write(
          'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n',
        )
        upgraded.enter()
      },
    })
    const sockets = await Promise.all([raw(port), raw(port), raw(port)])
    sockets[1]?.write('GET / HTTP/1.1\r\nHost: x\r\n')
    sockets[2]?.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n')
    const agent = new Agent({ keepAlive: true })
    await ask(url, { agent })
    await upgraded.arrived
    const report = await app.shutdown()
    // Nobody can say goodbye in a protocol that is not known.
    expect(report.connections).toEqual({ idle: 1, unused: 2, upgraded: 1, cut: 1 })
    expect(report.clean).toBe(false)
    for (const socket of sockets) socket.destroy()
    agent.destroy()
  })
})
