import * as trace from '@clew/trace'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { metrics } from '@opentelemetry/api'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { memory } from './memory.ts'

// Metrics of what a service calls: for any provider of OpenTelemetry, sampled or not.
let tracing: trace.Tracing
let provider: MeterProvider
let exporter: InMemoryMetricExporter
const spans = memory()
beforeEach(async () => {
  spans.spans.length = 0
  tracing = await trace.configure({ service: { name: 't' }, exporter: spans, sampler: 'never' })
  exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const exportIntervalMillis = 1_000_000
  provider = new MeterProvider({
    readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis })],
  })
  metrics.setGlobalMeterProvider(provider)
})
afterEach(async () => {
  metrics.disable()
  await provider.shutdown()
  await tracing.shutdown()
})

async function measured() {
  await provider.forceFlush()
  return exporter
    .getMetrics()
    .at(-1)
    ?.scopeMetrics.flatMap(({ scope, metrics: all }) =>
      all.flatMap(({ descriptor, dataPoints }) =>
        dataPoints.map(({ attributes, value }) => ({
          scope: scope.name,
          name: descriptor.name,
          unit: descriptor.unit,
          attributes,
          count: (value as { count: number }).count,
          bounds: (value as { buckets: { boundaries: number[] } }).buckets.boundaries,
        })),
      ),
    )
}

test('query: what the conventions list, without the text', async () => {
  const where = { system: 'postgresql', namespace: 'shop', address: 'db', port: 5432 }
  const text = "SELECT * FROM orders WHERE name = 'Ada'"
  await trace.query({ ...where, text, attributes: { tenant: 7 } }, async () => {})
  trace.query({ ...where, text }, () => 1)
  const base = {
    'db.system.name': 'postgresql',
    'db.namespace': 'shop',
    'db.query.summary': 'SELECT orders',
    'server.address': 'db',
    'server.port': 5432,
  }
  expect(await measured()).toEqual([
    {
      scope: '@clew/trace',
      name: 'db.client.operation.duration',
      unit: 's',
      attributes: base,
      count: 2,
      bounds: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10],
    },
  ])
})

describe('an error', () => {
  const failures: [string, unknown, string, string | undefined][] = [
    ['with a code', Object.assign(new Error('x'), { code: '23505' }), '23505', '23505'],
    ['without one', new RangeError('secret'), 'RangeError', undefined],
    ['that is text', 'secret', '_OTHER', undefined],
    ['that is nothing', undefined, '_OTHER', undefined],
  ]
  test.each(failures)('%s is in error.type, as on the span', async (_, error, type, code) => {
    await tracing.shutdown()
    tracing = await trace.configure({ service: { name: 't' }, exporter: spans, sampler: 'always' })
    const fails = () => Promise.reject(error)
    await trace.query({ system: 'x' }, fails).catch(() => {})
    // A builder, whose query is sent when it is awaited.
    const lazy = new (class {
      // biome-ignore lint/suspicious/noThenProperty: that is what a builder has.
      then = (yes: () => unknown, no: () => unknown) => fails().then(yes, no)
    })()
    await Promise.resolve(trace.query({ system: 'x' }, () => lazy)).catch(() => {})
    const all = await measured()
    expect(all?.map(({ attributes, count }) => [attributes, count])).toEqual([
      [
        {
          'db.system.name': 'x',
          'error.type': type,
          ...(code && { 'db.response.status_code': code }),
        },
        2,
      ],
    ])
    await tracing.flush()
    for (const { attributes } of spans.spans) expect(attributes['error.type']).toBe(type)
    expect(spans.spans).toHaveLength(2)
  })
})

test('publish and process, with what they call', async () => {
  const queue = { system: 'kafka', destination: 'orders', messageId: '7' }
  trace.publish(queue, () => {})
  for (const relation of ['child', 'link'] as const) {
    await trace.process({ ...queue, headers: null, relation }, async () => {})
  }
  const base = { 'messaging.system': 'kafka', 'messaging.destination.name': 'orders' }
  const all = await measured()
  expect(all?.map(({ name, attributes, count }) => ({ name, attributes, count }))).toEqual([
    {
      name: 'messaging.client.operation.duration',
      attributes: {
        ...base,
        'messaging.operation.name': 'send',
        'messaging.operation.type': 'send',
      },
      count: 1,
    },
    {
      name: 'messaging.process.duration',
      attributes: { ...base, 'messaging.operation.name': 'process' },
      count: 2,
    },
  ])
})

test('a generator is measured to its end, once', async () => {
  const rows = trace.query({ system: 'x', operation: 'scan' }, async function* () {
    yield 1
    yield 2
  })
  expect(await measured()).toBeUndefined()
  for await (const row of rows) expect(row).toBeLessThan(3)
  await rows.return(undefined)
  expect((await measured())?.map(({ count }) => count)).toEqual([1])
})

test('values without end do not make series without end', async () => {
  for (let id = 0; id < 1000; id++) {
    trace.process({ system: 'mqtt', destination: `reply/${id}` }, () => {})
  }
  const all = await measured()
  expect(all?.length).toBeLessThanOrEqual(201)
  const other = all?.find(({ attributes }) => attributes['messaging.destination.name'] === '_OTHER')
  expect(other?.count).toBeGreaterThanOrEqual(800)
  expect(all?.reduce((sum, { count }) => sum + count, 0)).toBe(1000)
})

test('a provider that throws, or none, costs nobody anything', async () => {
  metrics.disable()
  expect(trace.query({ system: 'x' }, () => 7)).toBe(7)
  metrics.setGlobalMeterProvider({
    getMeter() {
      throw new Error('broken')
    },
  })
  expect(trace.query({ system: 'x' }, () => 8)).toBe(8)
})
