// The series of this package, beside those that the SDK has of the same measurements.
import * as metrics from '@clew/metrics'
import { afterEach, describe, expect, test } from '@jest/globals'
import { metrics as api } from '@opentelemetry/api'
import fc from 'fast-check'
import { capture, type Running, running } from './capture.ts'

let run: Running | undefined

afterEach(async () => {
  await run?.meters.shutdown()
  run = undefined
})

const value = fc.oneof(
  fc.constantFrom(
    'a',
    'b',
    '1',
    'true',
    '',
    'a\u0000b',
    'ü',
    'a long value, of thirty letters',
    'x'.repeat(2000),
  ),
  fc.constantFrom(0, -0, 1, 2.5, Number.NaN),
  fc.boolean(),
)
const attributes = fc.oneof(
  { arbitrary: fc.constant(undefined), weight: 1 },
  { arbitrary: fc.constant({}), weight: 1 },
  {
    arbitrary: fc
      .uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'c', 'id', '__proto__x'), value), {
        selector: ([name]) => name,
        maxLength: 4,
      })
      .map((pairs) => Object.fromEntries(pairs)),
    weight: 8,
  },
)
const step = fc.oneof(
  {
    arbitrary: fc.record({
      kind: fc.constantFrom('counter', 'upDown', 'gauge', 'histogram'),
      by: fc.oneof(fc.integer({ min: 0, max: 12_000 }), fc.constantFrom(0.25, 5, 10, 10_000)),
      attributes,
    }),
    weight: 10,
  },
  { arbitrary: fc.constant('collect'), weight: 1 },
)
const views: Record<string, metrics.View[]> = {
  none: [],
  'fewer attributes': [{ instrument: '*', dropAttributes: ['id', 'b'] }],
  'two of one': [
    { instrument: '*', keepAttributes: ['a'] },
    { instrument: 'ours.counter', name: 'ours.renamed', description: 'renamed' },
    { instrument: 'theirs.counter', name: 'theirs.renamed', description: 'renamed' },
  ],
  buckets: [{ instrument: '*', boundaries: [1, 5, 10] }],
  dropped: [{ instrument: '*.gauge', drop: true }],
}

test.each(
  Object.entries(views).flatMap(([name, list]) => [
    [name, 'cumulative', list] as const,
    [name, 'delta', list] as const,
  ]),
)('views: %s, %s: the same points as those of the SDK', async (_name, temporality, list) => {
  const ours = {
    counter: metrics.counter('ours.counter'),
    upDown: metrics.upDownCounter('ours.upDown'),
    gauge: metrics.gauge('ours.gauge'),
    histogram: metrics.histogram('ours.histogram'),
  }
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const to = {
        ...capture(),
        selectAggregationTemporality: () => (temporality === 'delta' ? 0 : 1),
      }
      const { meters } = await running({ exporter: to, views: list })
      const meter = api.getMeter('theirs')
      const theirs = {
        counter: meter.createCounter('theirs.counter'),
        upDown: meter.createUpDownCounter('theirs.upDown'),
        gauge: meter.createGauge('theirs.gauge'),
        histogram: meter.createHistogram('theirs.histogram'),
      }
      try {
        for (const each of [...steps, 'collect' as const]) {
          if (typeof each === 'string') {
            await meters.flush()
            compare(to)
            continue
          }
          const { kind, by, attributes } = each as {
            kind: keyof typeof ours
            by: number
            attributes: never
          }
          if (kind === 'counter' || kind === 'upDown') {
            ours[kind].add(by, attributes)
            theirs[kind].add(by, cleaned(attributes))
          } else {
            ours[kind].record(by, attributes)
            theirs[kind].record(by, cleaned(attributes))
          }
        }
      } finally {
        await meters.shutdown()
      }
    }),
    { numRuns: 40 },
  )
})

/** Long values are cut before the SDK gets them. */
const cleaned = (given: Record<string, unknown> | undefined) =>
  Object.fromEntries(
    Object.entries(given ?? {}).map(([name, each]) => [
      name,
      typeof each === 'string' ? each.slice(0, 1024) : each,
    ]),
  ) as never

/** Of the last export: what ours and theirs have. */
function compare(to: ReturnType<typeof capture>): void {
  const of = (who: string) =>
    (to.exports.at(-1)?.scopeMetrics ?? [])
      .flatMap((scope) => scope.metrics)
      .filter(({ descriptor }) => descriptor.name.startsWith(`${who}.`))
      .map(({ descriptor, dataPoints, aggregationTemporality, dataPointType }) => ({
        name: descriptor.name.slice(who.length),
        description: descriptor.description,
        temporality: aggregationTemporality,
        dataPointType,
        points: dataPoints
          .map(({ attributes, value: each }) => [
            JSON.stringify(Object.entries(attributes).sort()),
            typeof each === 'number' ? each : { ...each, exemplars: undefined },
          ])
          .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
  expect(of('ours')).toEqual(of('theirs'))
}

describe('remove', () => {
  test('a series is gone, begins anew, and makes room below the limit', async () => {
    const counter = metrics.counter('removed.orders')
    const duration = metrics.histogram('removed.duration', { unit: 's' })
    run = await running({ cardinalityLimit: 3 })
    counter.add(1, { tenant: 'a' })
    counter.add(1, { tenant: 'b' })
    counter.add(1, { tenant: 'c' })
    duration.record(1, { tenant: 'a' })
    await run.meters.flush()
    expect(run.to.last('removed.orders')).toEqual([
      [{ tenant: 'a' }, 1],
      [{ tenant: 'b' }, 1],
      [{ 'otel.metric.overflow': true }, 1],
    ])
    expect(counter.remove({ tenant: 'a' })).toBe(true)
    expect(counter.remove({ tenant: 'a' })).toBe(false)
    expect(counter.remove({ tenant: 'x' })).toBe(false)
    expect(duration.remove({ tenant: 'a' })).toBe(true)
    counter.add(5, { tenant: 'a' })
    await run.meters.flush()
    expect(run.to.last('removed.orders')).toContainEqual([{ tenant: 'a' }, 5])
    expect(run.to.last('removed.duration')).toEqual([])
  })

  test('with a view, the series that has these attributes; without one, that without attributes', async () => {
    const gauge = metrics.gauge('removed.temperature')
    run = await running({ views: [{ instrument: 'removed.*', keepAttributes: ['room'] }] })
    gauge.record(1, { room: 'a', noise: 1 })
    gauge.record(2)
    await run.meters.flush()
    expect(run.to.last('removed.temperature')).toHaveLength(2)
    expect(gauge.remove({ room: 'a', noise: 2 })).toBe(true)
    expect(gauge.remove()).toBe(true)
    metrics.counter('removed.other').add(1)
    await run.meters.flush()
    expect(run.to.last('removed.temperature')).toEqual([])
  })

  test('without configure, and where the SDK keeps the series, there is nothing to remove', async () => {
    const histogram = metrics.histogram('removed.size', { unit: 'By' })
    expect(histogram.remove()).toBe(false)
    run = await running({ views: [{ instrument: 'removed.size', boundaries: 'exponential' }] })
    histogram.record(1)
    expect(histogram.remove()).toBe(false)
    await run.meters.flush()
    expect(run.to.last('removed.size')).toHaveLength(1)
  })
})

test('a delta reader beside a cumulative one: each gets what it wants', async () => {
  const deltas = { ...capture(), selectAggregationTemporality: () => 0 }
  const counter = metrics.counter('both.orders')
  const duration = metrics.histogram('both.duration', { boundaries: [1, 10] })
  run = await running({ exporter: deltas, prometheus: true })
  const { listen } = await import('@clew/testing')
  const server = await listen(run.meters.handler as never)
  const seen: unknown[] = []
  for (const by of [2, 3, 0]) {
    if (by > 0) {
      counter.add(by)
      duration.record(by)
    }
    await run.meters.flush()
    const text = await (await fetch(server.url)).text()
    const point = deltas.last('both.duration')[0]?.[1] as { count: number; sum: number } | undefined
    seen.push([
      deltas.last('both.orders')[0]?.[1],
      point?.sum,
      /both_orders_total\S* (\d+)/.exec(text)?.[1],
      /both_duration_sum\S* (\d+)/.exec(text)?.[1],
    ])
  }
  await server.close()
  expect(seen.slice(0, 2)).toEqual([
    [2, 2, '2', '2'],
    [3, 3, '5', '5'],
  ])
  expect((seen[2] as unknown[]).slice(2)).toEqual(['5', '5'])
})

describe('startTimer', () => {
  test('labels at the end are added to those at the beginning', async () => {
    const duration = metrics.histogram('timer.seconds', { unit: 's' })
    run = await running()
    const stop = duration.startTimer({ step: 'pay', status: 'unknown' })
    const seconds = stop({ status: 'ok' })
    stop()
    expect(seconds).toBeGreaterThanOrEqual(0)
    await run.meters.flush()
    const points = run.to.last('timer.seconds') as [object, { count: number }][]
    expect(points.map(([labels, { count }]) => [labels, count])).toEqual([
      [{ step: 'pay', status: 'ok' }, 1],
      [{ step: 'pay', status: 'unknown' }, 1],
    ])
  })
  test('needs a unit of time', () => {
    const size = metrics.histogram('timer.size', { unit: 'By' }) as metrics.DurationHistogram
    expect(() => size.startTimer()).toThrow(expect.objectContaining({ code: 'ERR_METRICS_UNIT' }))
  })
})
