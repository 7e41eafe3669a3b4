import * as metrics from '@clew/metrics'
import { type Collector, listen, startCollector } from '@clew/testing'
import { afterEach, beforeEach, expect, test } from '@jest/globals'

let collector: Collector
let meters: metrics.Meters | undefined

beforeEach(async () => {
  collector = await startCollector()
})

afterEach(async () => {
  await meters?.shutdown()
  await collector.close()
})

const early = metrics.counter('early', { description: 'Made at module load', unit: '{order}' })
const latency = metrics.histogram('early.latency', { unit: 's' })
const seen = metrics.observableGauge('early.seen', () => 7, { unit: '{thing}' })

test('instruments made before configure arrive at the collector with exact values', async () => {
  early.add(1)
  meters = await metrics.configure({
    service: { name: 'orders', version: '1.2.3' },
    exporter: metrics.otlp({ endpoint: collector.endpoint, headers: { 'x-key': 'k' } }),
    resource: { 'deployment.environment.name': 'test' },
    runtime: false,
  })
  early.add(2, { type: 'book' })
  early.add(3, { type: 'book' })
  early.add(4, { type: 'film' })
  latency.record(0.02, { ok: true })
  latency.record(30, { ok: true })
  await meters.flush()

  const points = [...collector.points].sort((a, b) => a.value - b.value)
  expect(
    points
      .filter((point) => point.name === 'early')
      .map(({ value, attributes, unit, monotonic, temporality, type }) => ({
        value,
        attributes,
        unit,
        monotonic,
        temporality,
        type,
      })),
  ).toEqual([
    {
      value: 4,
      attributes: { type: 'film' },
      unit: '{order}',
      monotonic: true,
      temporality: 'cumulative',
      type: 'sum',
    },
    {
      value: 5,
      attributes: { type: 'book' },
      unit: '{order}',
      monotonic: true,
      temporality: 'cumulative',
      type: 'sum',
    },
  ])
  const time = points.find((point) => point.name === 'early.latency')
  expect(time).toMatchObject({
    value: 30.02,
    count: 2,
    attributes: { ok: true },
    scope: '@clew/metrics',
  })
  expect(time?.bounds).toEqual([
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
  ])
  expect(time?.buckets).toEqual([0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])
  expect(points.find((point) => point.name === 'early.seen')).toMatchObject({
    value: 7,
    type: 'gauge',
  })
  expect(points[0]?.resource).toMatchObject({
    'service.name': 'orders',
    'service.version': '1.2.3',
    'deployment.environment.name': 'test',
    'process.runtime.name': 'nodejs',
    'telemetry.sdk.name': 'opentelemetry',
  })
  expect(collector.metadata[0]).toMatchObject({ 'x-key': 'k' })
})

test('shutdown and a second configure deliver what was not pushed yet', async () => {
  const options = {
    service: { name: 'orders' },
    exporter: metrics.otlp({ endpoint: collector.endpoint }),
    runtime: false,
  }
  meters = await metrics.configure(options)
  early.add(4)
  const replaced = meters
  meters = await metrics.configure(options)
  expect(collector.points.find((point) => point.name === 'early')?.value).toBe(4)
  await replaced.shutdown() // changes nothing
  collector.reset()
  early.add(5)
  await meters.shutdown()
  expect(collector.points.find((point) => point.name === 'early')?.value).toBe(5)

  early.add(100) // no provider yet
  collector.reset()
  meters = await metrics.configure(options)
  early.add(6)
  await meters.shutdown()
  expect(collector.points.find((point) => point.name === 'early')?.value).toBe(6)
  expect(collector.points.find((point) => point.name === 'early.seen')?.value).toBe(7)
})

test('metrics are pushed by the clock', async () => {
  meters = await metrics.configure({
    service: { name: 'orders' },
    exporter: metrics.otlp({ endpoint: collector.endpoint }),
    intervalMs: 20,
    runtime: false,
  })
  early.add(1)
  await collector.until(({ points }) => points.some((point) => point.name === 'early'))
})

test('delta: each export has only what is new', async () => {
  meters = await metrics.configure({
    service: { name: 'orders' },
    exporter: metrics.otlp({ endpoint: collector.endpoint, temporality: 'delta' }),
    prometheus: true,
    runtime: false,
  })
  early.add(1)
  await meters.flush()
  early.add(2)
  await meters.flush()
  const values = collector.points.filter(({ name }) => name === 'early').map(({ value }) => value)
  expect(values).toEqual([1, 2])
  expect(collector.points.find(({ name }) => name === 'early')?.temporality).toBe('delta')
})

test('exponential histograms over OTLP; Prometheus keeps its buckets', async () => {
  meters = await metrics.configure({
    service: { name: 'orders' },
    exporter: metrics.otlp({ endpoint: collector.endpoint, histograms: 'exponential' }),
    prometheus: { scopeLabels: false },
    runtime: false,
  })
  early.add(1)
  latency.record(0.02)
  await meters.flush()
  const point = collector.points.find(({ name }) => name === 'early.latency')
  expect(point).toMatchObject({ type: 'exponentialHistogram', value: 0.02 })
  expect(collector.points.find(({ name }) => name === 'early')).toMatchObject({ type: 'sum' })
  const server = await listen(meters.handler)
  const text = await (await fetch(server.url)).text().finally(() => server.close())
  expect(text).toContain('early_latency_seconds_bucket{le="0.025"} 1\n')
})

test('a collector that refuses: reported once, then the recovery; nothing throws', async () => {
  const { port } = collector
  await collector.close()
  meters = await metrics.configure({
    service: { name: 'orders' },
    exporter: metrics.otlp({ endpoint: `http://127.0.0.1:${port}`, timeoutMs: 200 }),
    runtime: false,
  })
  const reports: metrics.Report[] = []
  meters.subscribe((report) => reports.push(report))
  early.add(1)
  await meters.flush()
  await meters.flush()
  expect(reports).toEqual([
    {
      type: 'metrics.export_failed',
      level: 'warn',
      message: expect.stringContaining('otlp could not export metrics'),
      fields: { exporter: 'otlp', reason: expect.any(String), failed: 1 },
    },
  ])
  collector = await startCollector({ port })
  while (reports.length < 2) await meters.flush()
  expect(reports[1]).toMatchObject({ type: 'metrics.export_recovered', level: 'info' })
  expect(collector.points.find((point) => point.name === 'early')?.value).toBe(1)
})

test('a removed observation is reported no more', async () => {
  seen.remove()
  meters = await metrics.configure({
    service: { name: 'orders' },
    exporter: metrics.otlp({ endpoint: collector.endpoint }),
    runtime: false,
  })
  early.add(1)
  await meters.flush()
  expect(collector.points.map(({ name }) => name)).toEqual(['early'])
})
