import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'
import { createDelivery, type DeliveryOptions } from '../src/sdk/delivery.ts'
import { capture } from './capture.ts'

// The clock is Jest's: pauses of seconds, without the seconds.
beforeEach(() => {
  jest.useFakeTimers()
})
afterEach(() => {
  jest.useRealTimers()
})

const code = (value: number, message = 'refused', more = {}) =>
  Object.assign(new Error(message), { code: value, ...more })
const wait = (ms: number) => jest.advanceTimersByTimeAsync(ms)

/** A collection of counters with one data point each, whose values are given. */
function collection(temporality: number, ...values: number[]): ResourceMetrics {
  const metrics = values.map((value) => ({
    descriptor: { name: `m${value}`, description: '', unit: '', valueType: 1 },
    aggregationTemporality: temporality,
    dataPointType: 3,
    isMonotonic: true,
    dataPoints: [{ startTime: [0, 0], endTime: [0, 0], attributes: {}, value }],
  }))
  return { resource: {}, scopeMetrics: [{ scope: { name: 's' }, metrics }] } as never
}
const deltas = (...values: number[]) => collection(0, ...values)
const totals = (...values: number[]) => collection(1, ...values)

function setUp(options: Partial<DeliveryOptions> = {}) {
  const to = capture()
  const went: unknown[] = []
  const lost: unknown[] = []
  const failing: { error?: unknown; throws?: unknown; on?: number } = {}
  const values = (collected: ResourceMetrics) =>
    collected.scopeMetrics.flatMap(({ metrics }) =>
      metrics.flatMap(({ dataPoints }) => dataPoints.map(({ value }) => value)),
    )
  let calls = 0
  const exporter = {
    ...to,
    export(collected: ResourceMetrics, done: (answer: object) => void) {
      calls++
      const isHit = failing.on === undefined || values(collected).includes(failing.on)
      if (isHit && failing.throws) throw failing.throws
      if (isHit && failing.error) return done({ code: 1, error: failing.error })
      to.export(collected, done as never)
    },
  }
  const delivery = createDelivery({
    exporter: exporter as never,
    exportTimeoutMs: 10_000,
    maxPendingExports: 3,
    onExported: (error) => went.push(error),
    onLost: (points, reason) => lost.push([points, reason]),
    ...options,
  })
  return {
    delivery,
    failing,
    went,
    lost,
    calls: () => calls,
    arrived: () => to.exports.flatMap(values),
  }
}

describe('a receiver that is down for a while', () => {
  test('deltas are sent again, in order, before the next interval', async () => {
    const { delivery, failing, arrived } = setUp()
    failing.error = code(14)
    await delivery.send(deltas(1))
    await delivery.send(deltas(2))
    expect(arrived()).toEqual([])
    failing.error = undefined
    await wait(10_000)
    expect(arrived()).toEqual([1, 2])
    await delivery.send(deltas(3))
    expect(arrived()).toEqual([1, 2, 3])
  })
  test('of totals only the newest is sent again', async () => {
    const { delivery, failing, arrived, lost } = setUp()
    failing.error = code(14)
    for (let at = 1; at <= 9; at++) await delivery.send(totals(at))
    failing.error = undefined
    await wait(60_000)
    expect(arrived()).toEqual([9])
    expect(lost).toEqual([])
  })
  test('at most maxPendingExports wait; the oldest are lost, and counted', async () => {
    const { delivery, failing, arrived, lost } = setUp()
    failing.error = code(14)
    for (let at = 1; at <= 6; at++) await delivery.send(deltas(at))
    failing.error = undefined
    await wait(60_000)
    expect(arrived()).toEqual([3, 4, 5, 6])
    expect(lost).toEqual([
      [1, '3 exports wait (maxPendingExports)'],
      [1, '3 exports wait (maxPendingExports)'],
    ])
  })
  test('attempts pause longer and longer, or as the receiver asks', async () => {
    const { delivery, failing, calls } = setUp()
    failing.error = code(14)
    await delivery.send(deltas(1))
    await wait(60_000)
    expect(calls()).toBeLessThan(9)
    const asked = setUp()
    asked.failing.error = code(503, 'busy', { retryAfterMs: 45_000 })
    await asked.delivery.send(deltas(1))
    await wait(44_000)
    expect(asked.calls()).toBe(1)
    await wait(2000)
    expect(asked.calls()).toBe(2)
  })
  test('what still waits at the end is counted as lost, and nothing is sent after it', async () => {
    const { delivery, failing, lost, calls } = setUp()
    failing.error = code(14)
    await delivery.send(deltas(1, 2))
    delivery.close()
    await wait(100_000)
    expect(calls()).toBe(1)
    expect(lost).toEqual([[2, 'they could not be sent before the shutdown']])
  })
})

describe('when a part of a collection is the reason', () => {
  const hundred = Array.from({ length: 100 }, (_, at) => at)
  test.each([
    ['it cannot be encoded', { throws: new TypeError('cannot be encoded') }],
    ['the receiver cannot read it', { error: code(3) }],
    ['it is too large', { error: code(8, 'received message larger than max (6 vs. 4)') }],
    ['HTTP 413', { error: code(413) }],
  ])('%s: all others arrive, in order', async (_what, failure) => {
    for (const collect of [deltas, totals]) {
      const { delivery, failing, arrived, lost } = setUp()
      Object.assign(failing, failure, { on: 42 })
      await delivery.send(collect(...hundred))
      expect(arrived()).toEqual(hundred.filter((value) => value !== 42))
      expect(lost).toEqual([[1, 'the exporter or the receiver refuses them']])
    }
  })
  test('what is refused for good is sent once', async () => {
    for (const error of [code(8), code(16), code(401), code(500)]) {
      const { delivery, failing, calls, lost } = setUp()
      failing.error = error
      await delivery.send(deltas(1, 2))
      await wait(100_000)
      expect(calls()).toBe(1)
      expect(lost).toHaveLength(1)
    }
  })
  test('a receiver that cannot read anything gets a bounded number of requests', async () => {
    const { delivery, failing, calls } = setUp()
    failing.error = code(3)
    await delivery.send(deltas(...Array.from({ length: 1000 }, (_, at) => at)))
    expect(calls()).toBeLessThan(200)
  })
})

test('what is too large to be sent costs no request: it is divided until all of it arrives', async () => {
  const all = Array.from({ length: 300 }, (_, at) => at)
  const arrived: number[] = []
  const { delivery, lost } = setUp({
    exporter: {
      export({ scopeMetrics }: ResourceMetrics, done: (answer: object) => void) {
        const points = scopeMetrics.flatMap(({ metrics }) =>
          metrics.flatMap(({ dataPoints }) => dataPoints.map(({ value }) => value as number)),
        )
        if (points.length > 1) {
          const error = Object.assign(new Error('large'), { code: 'ERR_EXPORT_TOO_LARGE' })
          return done({ code: 1, error })
        }
        arrived.push(...points)
        return done({ code: 0 })
      },
    } as never,
  })
  await delivery.send(totals(...all))
  expect(arrived).toEqual(all)
  expect(lost).toEqual([])
})
