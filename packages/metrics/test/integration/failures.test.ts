// Whole processes on the built package: how they end, and what they print.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer, type Server } from 'node:net'
import { fileURLToPath } from 'node:url'
import { nodeEval, startCollector } from '@clew/testing'
import { afterEach, describe, expect, test } from '@jest/globals'

const cwd = fileURLToPath(new URL('../..', import.meta.url))
let server: Server | undefined

afterEach(() => {
  server?.close()
  server = undefined
})

async function collectorThat(
  answers: (socket: import('node:net').Socket) => void,
): Promise<string> {
  server = createServer((socket) => {
    socket.on('error', () => {})
    answers(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const program = (endpoint: string, shutdownTimeoutMs: number) => `
  import * as metrics from '@clew/metrics'
  process.on('unhandledRejection', (error) => console.log('UNHANDLED', error))
  const orders = metrics.counter('orders')
  const meters = await metrics.configure({
    service: { name: 'x' }, exporter: metrics.otlp({ endpoint: '${endpoint}' }),
    intervalMs: 20, shutdownTimeoutMs: ${shutdownTimeoutMs}, runtime: false,
  })
  for (let i = 0; i < 20; i++) {
    orders.add(1)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  const start = performance.now()
  await Promise.all([meters.shutdown(), meters.shutdown()])
  console.log('ended', performance.now() - start < 8_000)
  process.exit()
`

describe('a collector that is dead costs one line on stderr and no more than the deadline', () => {
  test.each([
    ['refuses', 5_000, async () => 'http://127.0.0.1:1', 'otlp could not export metrics'],
    [
      'never answers',
      300,
      () => collectorThat(() => {}),
      'shutdown is incomplete, and the last metrics may be lost: not done in 300 ms',
    ],
    [
      'hangs up',
      5_000,
      () => collectorThat((socket) => socket.destroy()),
      'otlp could not export metrics',
    ],
    [
      'speaks another protocol, a byte at a time',
      300,
      () =>
        collectorThat((socket) => {
          const timer = setInterval(() => socket.write('x'), 50)
          socket.on('close', () => clearInterval(timer))
        }),
      '@clew/metrics warn: ',
    ],
  ])('%s', async (_what, shutdownTimeoutMs, start, message) => {
    const child = nodeEval(program(await start(), shutdownTimeoutMs), { cwd })
    expect(await child.exit).toEqual({ code: 0, signal: null })
    expect(child.stdout).toBe('ended true\n')
    expect(child.stderr).toContain(message)
    const types = child.stderr.trim().split('\n')
    expect(types.length).toBeLessThanOrEqual(2)
  })
})

test('the environment wins: endpoint, name, resource, headers; wrong values are reported', async () => {
  const collector = await startCollector()
  const child = nodeEval(
    `import * as metrics from '@clew/metrics'
     const meters = await metrics.configure({
       service: { name: 'code', version: '1' }, resource: { team: 'code', other: 'code' },
       exporter: metrics.otlp({ endpoint: 'http://127.0.0.1:1', headers: { 'x-a': 'code', 'x-b': 'code' } }),
     })
     metrics.counter('orders').add(1)
     await meters.shutdown()`,
    {
      cwd,
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
        OTEL_EXPORTER_OTLP_HEADERS: 'x-a=env',
        OTEL_SERVICE_NAME: 'env',
        OTEL_RESOURCE_ATTRIBUTES: 'team=env',
        OTEL_METRIC_EXPORT_INTERVAL: 'often',
      },
    },
  )
  expect(await child.exit).toEqual({ code: 0, signal: null })
  expect(child.stderr).toBe(
    '@clew/metrics warn: OTEL_METRIC_EXPORT_INTERVAL is ignored: expected an integer of milliseconds, at least 1\n',
  )
  const point = await collector.until(({ points }) => points.find(({ name }) => name === 'orders'))
  expect(point.resource).toMatchObject({
    'service.name': 'env',
    'service.version': '1',
    team: 'env',
    other: 'code',
  })
  expect(collector.metadata[0]).toMatchObject({ 'x-a': 'env', 'x-b': 'code' })
  await collector.close()
})

test('OTEL_METRICS_EXPORTER may be a list: both get everything', async () => {
  const collector = await startCollector()
  try {
    const child = nodeEval(
      `import * as metrics from '@clew/metrics'
       const meters = await metrics.configure({ service: { name: 'x' }, runtime: false })
       metrics.counter('orders').add(3)
       await meters.shutdown()`,
      {
        cwd,
        env: {
          OTEL_METRICS_EXPORTER: 'otlp,console',
          OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
        },
      },
    )
    expect(await child.exit).toEqual({ code: 0, signal: null })
    expect([child.stdout, child.stderr]).toEqual(['metric orders 3 {}\n', ''])
    expect(collector.points.map(({ name, value }) => [name, value])).toEqual([['orders', 3]])
  } finally {
    await collector.close()
  }
})

test('temporality and histograms of the environment win over the options; an unknown protocol is refused', async () => {
  const collector = await startCollector()
  const source = `
    import * as metrics from '@clew/metrics'
    const meters = await metrics.configure({
      service: { name: 'x' }, runtime: false,
      exporter: metrics.otlp({ temporality: 'cumulative', histograms: 'explicit' }),
    }).catch((error) => { console.log(error.code, error.message); process.exit() })
    metrics.counter('orders').add(3)
    metrics.histogram('size').record(3)
    await meters.shutdown()`
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint }
  try {
    const child = nodeEval(source, {
      cwd,
      env: {
        ...env,
        OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'delta',
        OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION:
          'base2_exponential_bucket_histogram',
      },
    })
    expect(await child.exit).toEqual({ code: 0, signal: null })
    expect(
      collector.points.map(({ name, type, temporality }) => [name, type, temporality]),
    ).toEqual([
      ['orders', 'sum', 'delta'],
      ['size', 'exponentialHistogram', 'delta'],
    ])
    const refused = nodeEval(source, {
      cwd,
      env: { ...env, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' },
    })
    await refused.exit
    expect(refused.stdout).toBe(
      'ERR_METRICS_EXPORTER OTEL_EXPORTER_OTLP_PROTOCOL must be grpc or http/protobuf; received "http/json"\n',
    )
  } finally {
    await collector.close()
  }
})

test('OTEL_LOG_LEVEL: OpenTelemetry writes to stderr until the shutdown; a foreign logger stays', async () => {
  const source = `
    import * as metrics from '@clew/metrics'
    import { diag } from '@opentelemetry/api'
    if (process.env['THEIRS']) diag.setLogger({ warn: (text) => console.log('theirs', text) })
    const meters = await metrics.configure({ service: { name: 'x' }, runtime: false })
    diag.warn('during')
    diag.info('quiet')
    await meters.shutdown()
    diag.warn('after')`
  const env = { OTEL_LOG_LEVEL: 'warn' }
  const child = nodeEval(source, { cwd, env })
  expect(await child.exit).toEqual({ code: 0, signal: null })
  expect(child.stderr).toBe('opentelemetry warn: during\n')
  const other = nodeEval(source, { cwd, env: { ...env, THEIRS: '1' } })
  expect(await other.exit).toEqual({ code: 0, signal: null })
  expect([other.stdout, other.stderr]).toEqual(['theirs during\ntheirs after\n', ''])
})

test('OTEL_SDK_DISABLED: nothing is loaded, nothing is sent, everything still works', async () => {
  const child = nodeEval(
    `import * as metrics from '@clew/metrics'
     import { createRequire } from 'node:module'
     const meters = await metrics.configure({ service: { name: 'x' }, exporter: metrics.console(), prometheus: true })
     metrics.counter('orders').add(1)
     await meters.flush()
     await meters.shutdown()
     console.log(Object.keys(createRequire(import.meta.url).cache).length)`,
    { cwd, env: { OTEL_SDK_DISABLED: 'true' } },
  )
  expect(await child.exit).toEqual({ code: 0, signal: null })
  expect([child.stdout, child.stderr]).toEqual(['0\n', ''])
})

test('OTEL_METRICS_EXPORTER chooses: console instead of OTLP, Prometheus, none', async () => {
  const source = `
    import * as metrics from '@clew/metrics'
    import http from 'node:http'
    const meters = await metrics.configure({ service: { name: 'x' }, exporter: metrics.otlp({ endpoint: 'http://127.0.0.1:1' }), runtime: false, clients: false })
    metrics.counter('orders').add(1)
    const server = http.createServer(meters.handler).listen(0)
    const answer = await fetch('http://127.0.0.1:' + server.address().port)
    await answer.text()
    server.close(); server.closeAllConnections()
    await meters.shutdown()
    console.log(answer.status)`
  for (const [value, expected] of [
    ['console', 'metric orders 1 {}\n404\n'],
    ['console,prometheus', 'metric orders 1 {}\n200\n'],
    ['none', '404\n'],
  ]) {
    const child = nodeEval(source, { cwd, env: { OTEL_METRICS_EXPORTER: value } })
    await child.exit
    expect([value, child.stdout, child.stderr]).toEqual([value, expected, ''])
  }
})

test('another SDK has registered: instruments created before and after use it, which is reported', async () => {
  const child = nodeEval(
    `import * as metrics from '@clew/metrics'
     import { metrics as api } from '@opentelemetry/api'
     import { MeterProvider, PeriodicExportingMetricReader, InMemoryMetricExporter } from '@opentelemetry/sdk-metrics'
     const before = metrics.counter('before')
     metrics.observableGauge('seen', () => 4)
     const exporter = new InMemoryMetricExporter(1)
     const provider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter })] })
     api.setGlobalMeterProvider(provider)
     const meters = await metrics.configure({ service: { name: 'x' }, exporter: metrics.otlp(), prometheus: true })
     before.add(1)
     metrics.counter('after').add(2)
     await provider.forceFlush()
     for (const { metrics } of exporter.getMetrics()[0].scopeMetrics)
       for (const { descriptor, dataPoints } of metrics) console.log(descriptor.name, dataPoints[0].value)
     await meters.shutdown()
     console.log(api.getMeter('still theirs').constructor.name)
     await provider.shutdown()`,
    { cwd },
  )
  expect(await child.exit).toEqual({ code: 0, signal: null })
  expect(child.stdout.split('\n').sort()).toEqual(['', 'Meter', 'after 2', 'before 1', 'seen 4'])
  expect(child.stderr).toBe(
    '@clew/metrics warn: another OpenTelemetry SDK has registered a meter provider; instruments use that one, and exporter, prometheus and views are ignored\n',
  )
})

test('another SDK that registers later, without configure: an observable finds it', async () => {
  const child = nodeEval(
    `import * as metrics from '@clew/metrics'
     import { metrics as api } from '@opentelemetry/api'
     import { MeterProvider, PeriodicExportingMetricReader, InMemoryMetricExporter } from '@opentelemetry/sdk-metrics'
     metrics.observableGauge('seen', () => console.log('asked'))
     const provider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter: new InMemoryMetricExporter(1), exportIntervalMillis: 50, exportTimeoutMillis: 50 })] })
     api.setGlobalMeterProvider(provider)
     setInterval(() => {}, 1000)`,
    { cwd },
  )
  await child.until(/asked/)
  child.kill()
  await child.exit
})
