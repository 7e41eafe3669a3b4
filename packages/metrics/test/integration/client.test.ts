import { once } from 'node:events'
import { get, type RequestOptions, request } from 'node:http'
import { type AddressInfo, createServer, type Server } from 'node:net'
import * as metrics from '@clew/metrics'
import { type Listening, listen } from '@clew/testing'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { metrics as api, context, createContextKey } from '@opentelemetry/api'
import { type Dispatcher, request as undiciRequest } from 'undici'
import { type Running, running } from '../capture.ts'

let run: Running
let server: Listening
let raw: Server | undefined

beforeEach(async () => {
  run = await running()
  server = await listen((req, res) => {
    req.resume()
    if (req.url === '/cut') {
      res.writeHead(200, { 'content-length': 10 }).write('x', () => res.destroy())
    } else if (req.url === '/hang') res.flushHeaders()
    else res.writeHead(Number.parseInt(req.url?.slice(1) ?? '', 10) || 200).end('done')
  })
})

afterEach(async () => {
  raw?.close()
  raw = undefined
  await run.meters.shutdown()
  await server.close()
})

/** Waits until `count` requests are measured: some end a turn after their answer. */
async function durations(count: number) {
  for (;;) {
    await run.meters.flush()
    const found = run.to.last('http.client.request.duration') as [object, { count: number }][]
    const all = found.map(([labels, value]) => ({ ...labels, count: value.count }))
    if (all.reduce((sum, each) => sum + each.count, 0) >= count) return all
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

function ended(path: string, options: RequestOptions = {}): Promise<void> {
  return new Promise((resolve) => {
    const sent = get(server.url + path, options, (res) => res.resume())
    sent.on('error', () => {})
    sent.on('close', resolve)
  })
}

const portOf = (url: string) => Number(new URL(url).port)

const clients: Record<string, (path: string) => Promise<unknown>> = {
  fetch: async (path) => (await fetch(server.url + path)).text(),
  undici: async (path) => (await undiciRequest(server.url + path)).body.text(),
  'node:http': ended,
}

describe.each(Object.keys(clients))('%s', (name) => {
  test('method, server, status, error; nothing of the path', async () => {
    for (const path of ['/200', '/201?a=b', '/404', '/503', '/200']) await clients[name]?.(path)
    const labels = {
      'http.request.method': 'GET',
      'server.address': '127.0.0.1',
      'server.port': portOf(server.url),
      ...(name === 'node:http' ? { 'network.protocol.version': '1.1' } : {}),
    }
    expect(await durations(5)).toEqual([
      { ...labels, 'http.response.status_code': 200, count: 2 },
      { ...labels, 'http.response.status_code': 201, count: 1 },
      { ...labels, 'http.response.status_code': 404, 'error.type': '404', count: 1 },
      { ...labels, 'http.response.status_code': 503, 'error.type': '503', count: 1 },
    ])
  })

  test('a connection that is cut in the middle of the answer is an error', async () => {
    await clients[name]?.('/cut').catch(() => {})
    expect(await durations(1)).toMatchObject([
      {
        'http.response.status_code': 200,
        'error.type': expect.stringMatching(/^(?:ECONNRESET|UND_ERR_SOCKET)$/),
        count: 1,
      },
    ])
  })
})

test('no server: error.type is the code, and there is no status', async () => {
  const free = createServer().listen(0, '127.0.0.1')
  await once(free, 'listening')
  const { port } = free.address() as AddressInfo
  free.close()
  await once(free, 'close')
  const sent = get({ host: '127.0.0.1', port })
  await once(sent, 'error')
  await fetch(`http://127.0.0.1:${port}`).catch(() => {})
  expect(await durations(2)).toEqual([
    {
      'http.request.method': 'GET',
      'server.address': '127.0.0.1',
      'server.port': port,
      'error.type': 'ECONNREFUSED',
      count: 2,
    },
  ])
})

test('a caller that gives up: fetch and node:http', async () => {
  const controller = new AbortController()
  const answer = await fetch(`${server.url}/hang`, { signal: controller.signal })
  controller.abort()
  await answer.text().catch(() => {})
  await new Promise<void>((resolve) => {
    const sent = get(`${server.url}/hang`, (res) => res.destroy())
    sent.on('error', () => {})
    sent.on('close', resolve)
  })
  expect(
    (await durations(2)).map((each) => (each as Record<string, unknown>)['error.type']).sort(),
  ).toEqual(['aborted', 'aborted'])
})

test('an unknown method is _OTHER', async () => {
  const sent = request(server.url, { method: 'PURGE' }, (res) => res.resume()).end()
  await once(sent, 'close')
  const body = await undiciRequest(server.url, { method: 'PURGE' as Dispatcher.HttpMethod })
  await body.body.dump()
  const found = await durations(2)
  expect(found).toMatchObject([
    { 'http.request.method': '_OTHER', count: 1 },
    { 'http.request.method': '_OTHER', count: 1 },
  ])
})

test('a copied Host header does not make series: the address is the one that is called', async () => {
  for (const host of ['a.example', 'c.example:1234', `127.0.0.1:${portOf(server.url)}`]) {
    await ended('/', { headers: { host } })
  }
  expect(await durations(3)).toMatchObject([
    { 'server.address': '127.0.0.1', 'server.port': 80, count: 2 },
    { 'server.address': '127.0.0.1', 'server.port': portOf(server.url), count: 1 },
  ])
})

test('many servers: the first hundred are told apart, the rest is counted together, which is reported', async () => {
  for (let i = 0; i < 105; i++) {
    // Each of them is an address of this machine.
    await undiciRequest(`http://127.0.1.${i + 1}:${portOf(server.url)}`).then(
      ({ body }) => body.dump(),
      () => {},
    )
  }
  const found = await durations(105)
  expect(found).toHaveLength(101)
  expect(found.at(-1)).toMatchObject({ 'server.address': '_OTHER', count: 5 })
  expect(found.at(-1)).not.toHaveProperty('server.port')
  expect(run.reports).toEqual([
    expect.objectContaining({
      type: 'metrics.overflow',
      message:
        'http.client.request.duration has seen 100 different servers; further ones are counted together as server.address="_OTHER"',
    }),
  ])
})

test('a WebSocket that is opened is a request without a status, once', async () => {
  raw = createServer((socket) => {
    socket.once('data', () =>
      socket.end(
        'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
      ),
    )
  }).listen(0, '127.0.0.1')
  await once(raw, 'listening')
  const sent = get({
    port: (raw.address() as AddressInfo).port,
    host: '127.0.0.1',
    headers: { connection: 'upgrade', upgrade: 'websocket' },
  })
  const [, socket] = await once(sent, 'upgrade')
  socket.destroy()
  expect(await durations(1)).toMatchObject([{ 'http.request.method': 'GET', count: 1 }])
})

test('clients: false measures none; after shutdown none is', async () => {
  await run.meters.shutdown()
  const before = (await import('node:diagnostics_channel')).hasSubscribers('undici:request:create')
  expect(before).toBe(false)
  run = await running({ clients: false })
  await ended('/')
  await clients['fetch']?.('/')
  await run.meters.flush()
  expect(run.to.last('http.client.request.duration')).toEqual([])
})

test.each([
  ['not measured, since it may do so itself', undefined, []],
  ['measured where that is asked for', true, [{ value: { count: 1 } }]],
])('where another SDK is registered, requests are %s', async (_what, asked, expected) => {
  await run.meters.shutdown()
  const { MeterProvider, InMemoryMetricExporter, PeriodicExportingMetricReader } = await import(
    '@opentelemetry/sdk-metrics'
  )
  const exporter = new InMemoryMetricExporter(1)
  const provider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter })] })
  api.setGlobalMeterProvider(provider)
  try {
    run = await running({ ...(asked === undefined ? {} : { clients: asked }) })
    await ended('/')
    await new Promise(setImmediate)
    await provider.forceFlush()
    const found = exporter
      .getMetrics()
      .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))
      .filter(({ descriptor }) => descriptor.name === 'http.client.request.duration')
      .flatMap(({ dataPoints }) => dataPoints as unknown[])
    expect(found).toMatchObject(expected)
  } finally {
    await run.meters.shutdown()
    api.disable()
    await provider.shutdown()
  }
})

describe('the exporters’ own requests are not measured', () => {
  test('of these metrics', async () => {
    await run.meters.shutdown()
    let exports = 0
    const collector = await listen((req, res) => {
      exports++
      req.resume().on('end', () => res.end())
    })
    const meters = await metrics.configure({
      service: { name: 'x' },
      exporter: metrics.otlp({ endpoint: collector.url, protocol: 'http/protobuf' }),
      prometheus: true,
    })
    const scrape = await listen(meters.handler)
    try {
      for (let i = 0; i < 3; i++) {
        await meters.flush()
      }
      // The only request that is seen is the scrape before.
      await (await fetch(scrape.url)).text()
      const text = await (await fetch(scrape.url)).text()
      expect(exports).toBe(3)
      expect(text).toContain(`server_port="${portOf(scrape.url)}"`)
      expect(text).not.toContain(`server_port="${portOf(collector.url)}"`)
    } finally {
      await meters.shutdown()
      await scrape.close()
      await collector.close()
    }
  })

  test('of another signal, which says so by the context of OpenTelemetry', async () => {
    const { AsyncLocalStorage } = await import('node:async_hooks')
    const { ROOT_CONTEXT } = await import('@opentelemetry/api')
    const storage = new AsyncLocalStorage<typeof ROOT_CONTEXT>()
    context.setGlobalContextManager({
      active: () => storage.getStore() ?? ROOT_CONTEXT,
      with: (active, fn, thisArg, ...args) =>
        storage.run(active, () => fn.apply(thisArg as never, args)),
      bind: (_context, target) => target,
      enable() {
        return this
      },
      disable() {
        return this
      },
    })
    try {
      const key = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING')
      await context.with(ROOT_CONTEXT.setValue(key, true), async () => {
        await clients['fetch']?.('/500')
        await ended('/500')
      })
      await ended('/201')
      expect(await durations(1)).toMatchObject([{ 'http.response.status_code': 201, count: 1 }])
    } finally {
      context.disable()
    }
  })
})
