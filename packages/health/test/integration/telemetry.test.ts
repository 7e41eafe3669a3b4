import * as health from '@clew/health'
import { afterEach, expect, test } from '@jest/globals'
import { context, metrics, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node'

function tracing() {
  const spans = new InMemorySpanExporter()
  new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }).register()
  return spans
}

function metering() {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 60_000 })
  const provider = new MeterProvider({ readers: [reader] })
  metrics.setGlobalMeterProvider(provider)
  return async () => {
    exporter.reset()
    await provider.forceFlush()
    return exporter
      .getMetrics()
      .flatMap(({ scopeMetrics }) => scopeMetrics)
      .flatMap((one) => one.metrics)
  }
}

afterEach(() => {
  trace.disable()
  context.disable()
  metrics.disable()
})

const gone = () => {
  throw Object.assign(new Error('no pg://u:hunter2@db'), { code: 'EGONE' })
}

test('each ping is a client span in the active trace, and active while it runs', async () => {
  const spans = tracing()
  let inside: string | undefined
  const checker = health.checker([
    health.pinger('database', async () => {
      await new Promise(setImmediate)
      inside = trace.getActiveSpan()?.spanContext().spanId
    }),
    health.pinger('cache', gone),
  ])
  const root = trace.getTracer('test').startSpan('GET /healthz')
  await context.with(trace.setSpan(context.active(), root), () => checker.check())
  root.end()

  const [cache, database] = spans
    .getFinishedSpans()
    .filter(({ kind }) => kind === SpanKind.CLIENT)
    .sort((a, b) => a.name.localeCompare(b.name))
  expect(database).toMatchObject({
    name: 'health.ping.database',
    attributes: { 'health.dependency': 'database' },
    status: { code: SpanStatusCode.UNSET },
    parentSpanContext: { spanId: root.spanContext().spanId },
    instrumentationScope: { name: '@clew/health' },
  })
  expect(inside).toBe(database?.spanContext().spanId)
  expect(cache).toMatchObject({
    name: 'health.ping.cache',
    attributes: { 'health.dependency': 'cache', 'error.type': 'EGONE' },
    status: { code: SpanStatusCode.ERROR, message: 'no pg://***@db' },
    events: [{ name: 'exception', attributes: { 'exception.message': 'no pg://***@db' } }],
  })
  expect(JSON.stringify(cache?.events)).not.toContain('hunter2')
})

test('a ping that times out ends its span with an error', async () => {
  const spans = tracing()
  const pinger = health.pinger('db', () => new Promise(() => {}), { timeoutMs: 10 })
  const checker = health.checker([pinger], { cacheMs: 0 })
  await checker.check()
  await checker.check()
  // The second check found the first ping still running, and started none.
  expect(spans.getFinishedSpans()).toMatchObject([
    { name: 'health.ping.db', attributes: { 'error.type': 'ERR_HEALTH_TIMEOUT' } },
  ])
})

test('durations by outcome, and the state of each dependency', async () => {
  const collect = metering()
  const pinger = health.pinger('cache', gone, { critical: false })
  await health.checker([health.pinger('db', () => {}), pinger]).check()
  const found = Object.fromEntries(
    (await collect()).map(({ descriptor, dataPoints }) => [
      descriptor.name,
      { descriptor, dataPoints },
    ]),
  )
  expect(found['health.ping.duration']?.descriptor.unit).toBe('s')
  const pings = found['health.ping.duration']?.dataPoints.map(({ attributes }) => attributes)
  expect(pings).toHaveLength(2)
  expect(pings).toEqual(
    expect.arrayContaining([
      { 'health.dependency': 'db', 'health.outcome': 'passed' },
      { 'health.dependency': 'cache', 'health.outcome': 'failed' },
    ]),
  )
  const states = found['health.dependency.up']?.dataPoints.map(({ attributes, value }) => [
    attributes['health.dependency'],
    attributes['health.critical'],
    value,
  ])
  expect(states?.sort()).toEqual([
    ['cache', false, 0],
    ['db', true, 1],
  ])
})

test('a provider that is registered later is used from then on', async () => {
  const checker = health.checker([health.pinger('db', () => {})], { cacheMs: 0 })
  await checker.check()
  const spans = tracing()
  const collect = metering()
  await checker.check()
  expect(spans.getFinishedSpans()).toMatchObject([{ name: 'health.ping.db' }])
  metrics.disable()
  const collectAgain = metering()
  await checker.check()
  expect(await collect()).toMatchObject([{}, {}])
  expect(await collectAgain()).toMatchObject([{}, {}])
})

test('providers that throw change nothing', async () => {
  const broken = () => {
    throw new Error('broken')
  }
  trace.setGlobalTracerProvider({ getTracer: broken })
  metrics.setGlobalMeterProvider({ getMeter: broken })
  context.setGlobalContextManager({
    active: broken,
    with: broken,
    bind: broken,
    enable: broken,
    disable: () => context as never,
  })
  let pings = 0
  const checker = health.checker([health.pinger('db', () => pings++)])
  expect(await checker.check()).toMatchObject({ status: 'pass' })
  expect(pings).toBe(1)
})
