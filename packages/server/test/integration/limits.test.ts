import { once } from 'node:events'
import { get, request } from 'node:http'
import { connect } from 'node:net'
import * as server from '@clew/server'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { metrics } from '@opentelemetry/api'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import express from 'express'

const lines: { level: string; message: string; fields: Record<string, unknown> }[] = []
const logger: server.LoggerPart = {
  log: (level, message, fields = {}) => void lines.push({ level, message, fields }),
}
const running = new Set<server.Server>()
const exporter = new InMemoryMetricExporter(AggregationTemporality.DELTA)
const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1e8 })
const provider = new MeterProvider({ readers: [reader] })

beforeAll(() => void metrics.setGlobalMeterProvider(provider))
afterEach(async () => {
  await Promise.all([...running].map((app) => app.shutdown()))
  running.clear()
  lines.length = 0
})
afterAll(async () => {
  metrics.disable()
  await provider.shutdown()
})

async function start(handler: server.Handler, options: server.ServerOptions = {}) {
  const app = server.create(handler, {
    address: '127.0.0.1:0',
    logger,
    shutdown: { lingerMs: 0, timeoutMs: 500 },
    ...options,
  })
  running.add(app)
  const { address, admin } = await app.listen()
  return { app, url: address.url, port: address.port ?? 0, admin: admin?.url ?? '' }
}

interface Answer {
  readonly status: number
  readonly headers: Record<string, string | undefined>
  readonly body: string
}

function ask(url: string, path = '/', headers = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    get(new URL(path, url), { agent: false, headers }, (res) => {
      let body = ''
      res.setEncoding('utf8').on('data', (text) => {
        body += text
      })
      res.on('end', () =>
        resolve({ status: res.statusCode ?? 0, headers: res.headers as never, body }),
      )
    }).on('error', reject)
  })
}

/** What was counted since the last call, by reason. */
async function counted(): Promise<Record<string, number>> {
  exporter.reset()
  await reader.forceFlush()
  const all = exporter
    .getMetrics()
    .flatMap(({ scopeMetrics }) => scopeMetrics)
    .flatMap((scope) => scope.metrics)
    .filter(({ descriptor }) => descriptor.name === 'server.refused')
    .flatMap(({ dataPoints }) => dataPoints as { attributes: object; value: number }[])
  return Object.fromEntries(
    all.map(({ attributes, value }) => [
      (attributes as Record<string, string>)['server.reason'],
      value,
    ]),
  )
}

function gate() {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open, opened }
}

describe('timeouts.handlerMs', () => {
  const timeouts = { handlerMs: 250 }

  test('a handler that does not answer: 503, its signal aborts, the log, the report, a metric', async () => {
    await counted()
    const aborted = gate()
    let error: unknown
    const { app, url } = await start(
      (req) => {
        const signal = server.signal(req)
        signal.addEventListener('abort', () => {
          error = signal.reason
          aborted.open()
        })
      },
      { timeouts },
    )
    expect(await ask(url, '/slow?secret')).toMatchObject({
      status: 503,
      body: 'Service Unavailable\n',
      headers: { connection: 'close' },
    })
    await aborted.opened
    expect(error).toMatchObject({ code: 'ERR_SERVER_TIMEOUT' })
    expect(lines).toContainEqual({
      level: 'error',
      message: 'request answered 503: its handler has not answered in time',
      fields: { method: 'GET', path: '/slow', route: undefined },
    })
    expect(await counted()).toEqual({ unanswered: 1 })
    expect((await app.shutdown()).refused).toMatchObject({ unanswered: 1 })
  })

  test.each(['end', 'write', 'setHeader', 'writeHead', 'reject', 'express'])(
    'what it does later (%s) harms nobody',
    async (late) => {
      const done = gate()
      const handler: server.Handler = async (req, res) => {
        await once(server.signal(req), 'abort')
        setImmediate(done.open)
        if (late === 'end') res.end('late')
        else if (late === 'write') res.write('late')
        else if (late === 'setHeader') res.setHeader('late', '1')
        else if (late === 'writeHead') res.writeHead(200)
        else server.signal(req).throwIfAborted()
      }
      const app = express()
      app.get('/', async (req, res) => {
        await once(server.signal(req), 'abort')
        setImmediate(done.open)
        res.send('late')
      })
      const { url } = await start(late === 'express' ? app : handler, { timeouts })
      expect((await ask(url)).status).toBe(503)
      await done.opened
      expect((await ask(url)).status).toBe(503)
    },
  )

  test('a response that has begun, an upload, and a request with its own limit are spared', async () => {
    const { url } = await start(
      async (req, res) => {
        if (req.url === '/stream') res.write('begun')
        if (req.url === '/poll') server.answerWithin(req, 0)
        for await (const _ of req);
        setTimeout(() => res.end('end'), req.method === 'POST' ? 0 : 800)
      },
      { timeouts },
    )
    const upload = request(url, { method: 'POST', agent: false })
    const answered = once(upload, 'response')
    upload.write('half')
    const others = await Promise.all(['/stream', '/poll'].map((path) => ask(url, path)))
    expect(others.map(({ status, body }) => [status, body])).toEqual([
      [200, 'begunend'],
      [200, 'end'],
    ])
    upload.end('whole')
    expect((await answered)[0].statusCode).toBe(200)
  })
})

const connections = (app: server.Server) =>
  new Promise<number>((resolve) => app.http.getConnections((_error, count) => resolve(count)))

describe('maxConnections', () => {
  test('more are answered 503 and closed; the others are not disturbed', async () => {
    await counted()
    const { app, url, port } = await start((_req, res) => res.end('ok'), { maxConnections: 2 })
    const first = connect(port, '127.0.0.1')
    await once(first, 'connect')
    expect((await ask(url)).status).toBe(200)
    while ((await connections(app)) > 1) await new Promise((resolve) => setImmediate(resolve))
    const second = connect(port, '127.0.0.1')
    await once(second, 'connect')
    const third = connect(port, '127.0.0.1').setEncoding('utf8')
    let text = ''
    third.on('data', (chunk) => {
      text += chunk
    })
    await once(third, 'end')
    expect(text).toBe('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n')
    first.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    expect(String((await once(first, 'data'))[0])).toMatch(/^HTTP\/1\.1 200/)
    third.destroy()
    second.destroy()
    while ((await ask(url)).status !== 200);
    expect(await counted()).toMatchObject({ connections: expect.any(Number) })
    first.destroy()
    expect((await app.shutdown()).refused.connections).toBeGreaterThanOrEqual(1)
  })
})

describe('overload', () => {
  test('beyond inFlight: 503 with a jittered Retry-After, before the parts; probes and admin pass', async () => {
    await counted()
    const [reached, release] = [gate(), gate()]
    const seen: string[] = []
    const { app, url, admin } = await start(
      async (req, res) => {
        if (req.url === '/slow') {
          reached.open()
          await release.opened
        }
        res.end('ok')
      },
      {
        probes: true,
        admin: { address: '127.0.0.1:0' },
        overload: {
          inFlight: 1,
          retryAfterMs: 4_000,
          priority: (req) => (req.headers['x-important'] ? 'critical' : 'normal'),
        },
        tracing: {
          http: () => (req, _res, next) => {
            seen.push(req.url ?? '')
            next()
          },
        },
      },
    )
    expect((await ask(url)).status).toBe(200)
    const slow = ask(url, '/slow')
    await reached.opened
    const shed = await Promise.all(Array.from({ length: 20 }, () => ask(url, '/shed')))
    for (const { status, headers, body } of shed) {
      expect([status, body]).toEqual([503, 'Service Unavailable\n'])
      expect(headers['retry-after']).toMatch(/^[23456]$/)
    }
    expect(new Set(shed.map(({ headers }) => headers['retry-after'])).size).toBeGreaterThan(1)
    expect((await ask(url, '/critical', { 'x-important': '1' })).status).toBe(200)
    expect((await ask(url, '/readyz')).status).toBe(200)
    expect((await ask(admin, '/readyz')).status).toBe(200)
    release.open()
    expect((await slow).status).toBe(200)
    expect((await ask(url)).status).toBe(200)
    expect(seen).toEqual(['/', '/slow', '/critical', '/'])
    expect(await counted()).toEqual({ in_flight: 20 })
    expect(lines.filter(({ message }) => /shed/.test(message))).toEqual([
      {
        level: 'warn',
        message: 'request shed: there is too much to do',
        fields: { reason: 'in_flight', limit: 1 },
      },
    ])
    expect((await app.shutdown()).refused).toMatchObject({ shed: 20 })
  })

  test('event streams do not count; a client that leaves gives its place back', async () => {
    const { url, port, app } = await start(
      (req, res) => {
        if (req.url === '/stream') res.writeHead(200).write('data')
        else if (req.url !== '/never') res.end('ok')
      },
      { overload: { inFlight: 1 } },
    )
    const stream = get(new URL('/stream', url), {
      agent: false,
      headers: { accept: 'text/event-stream' },
    })
    await once(
      stream.on('error', () => {}),
      'response',
    )
    expect((await ask(url)).status).toBe(200)
    const client = connect(port, '127.0.0.1')
    client.write('GET /never HTTP/1.1\r\nHost: x\r\n\r\n')
    while (app.inFlight < 2) await new Promise((resolve) => setImmediate(resolve))
    expect((await ask(url)).status).toBe(503)
    client.destroy()
    while ((await ask(url)).status === 503);
    stream.destroy()
  })

  test('an upload that is shed is not waited for', async () => {
    const { url } = await start(() => {}, { overload: { inFlight: 1 } })
    const never = request(url, { method: 'POST', agent: false })
    never.on('error', () => {}).write('half')
    let status = 0
    while (status !== 503) {
      const upload = request(url, { method: 'POST', agent: false })
      upload.on('error', () => {}).write('half')
      const answer = await Promise.race([
        once(upload, 'response'),
        new Promise<[]>((resolve) => setTimeout(resolve, 50, [])),
      ])
      status = answer[0]?.statusCode ?? 0
      if (status === 503) expect(answer[0].headers.connection).toBe('close')
      upload.destroy()
    }
    never.destroy()
  })

  test('a blocked event loop sheds a share, and all pass again later', async () => {
    const { url } = await start(
      (_req, res) => {
        const until = performance.now() + 40
        while (performance.now() < until);
        res.end('ok')
      },
      { overload: { loopDelayMs: 20 } },
    )
    const answers = new Set<number>()
    while (!answers.has(503)) {
      const some = await Promise.all(Array.from({ length: 10 }, () => ask(url)))
      for (const { status } of some) answers.add(status)
    }
    expect(answers).toEqual(new Set([200, 503]))
    expect(lines).toContainEqual(
      expect.objectContaining({ fields: { reason: 'loop_delay', limit: undefined } }),
    )
  })
})
