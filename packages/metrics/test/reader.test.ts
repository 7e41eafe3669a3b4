import { expect, test } from '@jest/globals'
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'
import { createReader, isCumulative, type ReaderOptions } from '../src/sdk/reader.ts'
import { capture } from './capture.ts'

const something = {
  resource: {},
  scopeMetrics: [{ scope: { name: 'x' }, metrics: [] }],
} as unknown as ResourceMetrics

function made(options: Partial<ReaderOptions> = {}) {
  let collections = 0
  const went: unknown[] = []
  const reader = createReader({
    intervalMs: 1_000_000,
    exportTimeoutMs: 50,
    callbackTimeoutMs: 50,
    maxPendingExports: 10,
    cardinalityLimit: 10,
    onCollected: () => {},
    onExported: (error) => went.push(error),
    ...options,
  })
  reader.setMetricProducer({
    collect: async () => {
      collections++
      return { resourceMetrics: something, errors: [] }
    },
  })
  return { reader, went, collections: () => collections }
}

test('a flush collects again after an export that is in progress', async () => {
  let release = () => {}
  const started = new Promise<void>((begun) => {
    release = begun
  })
  const waiting: (() => void)[] = []
  const to = {
    ...capture(),
    export(_collected: unknown, done: (result: { code: number }) => void) {
      waiting.push(() => done({ code: 0 }))
      release()
      if (waiting.length > 1) waiting[1]?.()
    },
  }
  const { reader, collections, went } = made({ exporter: to, exportTimeoutMs: 10_000 })
  const first = reader.forceFlush()
  await started
  const second = reader.forceFlush()
  waiting[0]?.()
  await Promise.all([first, second])
  expect(collections()).toBe(2)
  expect(went).toEqual([undefined, undefined])
})

test('an exporter that throws, never calls back or fails without a reason is reported, and nothing rejects', async () => {
  const exporters = [
    () => {
      throw new Error('thrown')
    },
    () => {},
    (_collected: unknown, done: (result: { code: number }) => void) => done({ code: 1 }),
  ]
  for (const [i, expected] of [
    'thrown',
    'no answer from the exporter in 50 ms',
    'the exporter gave no reason',
  ].entries()) {
    const { reader, went } = made({ exporter: { ...capture(), export: exporters[i] as never } })
    await reader.forceFlush()
    expect(went).toEqual([expect.objectContaining({ message: expected })])
  }
})

test('the interval pushes until the shutdown, and not after it', async () => {
  let exported = () => {}
  const pushed = new Promise<void>((resolve) => {
    exported = resolve
  })
  const { reader, collections } = made({
    exporter: capture(),
    intervalMs: 2,
    onExported: () => exported(),
  })
  await pushed
  await reader.shutdown()
  const before = collections()
  await new Promise((resolve) => setTimeout(resolve, 40))
  expect(collections()).toBe(before)
})

test('nothing measured: nothing exported', async () => {
  const to = capture()
  const { reader } = made({ exporter: to })
  reader.setMetricProducer({
    collect: async () => ({
      resourceMetrics: { ...something, scopeMetrics: [] },
      errors: [],
    }),
  })
  await reader.shutdown()
  expect(to.exports).toEqual([])
})

test('Prometheus can share a reader only where everything is cumulative', () => {
  const to = capture()
  expect(isCumulative(to)).toBe(true)
  expect(isCumulative({ ...to, selectAggregationTemporality: () => 1 })).toBe(true)
  expect(isCumulative({ ...to, selectAggregationTemporality: () => 0 })).toBe(false)
  expect(isCumulative({ ...to, selectAggregation: () => ({ type: 5 }) })).toBe(false)
})
