import { createSummaries } from '@clew/internal/reports/repeats'
import type { Report } from '@clew/internal/reports/reporter'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { createBatchProcessor } from '../src/exporting/batch.ts'
import { memory } from './memory.ts'

// The clock is Jest's: pauses of seconds, without the seconds.
beforeEach(() => {
  jest.useFakeTimers()
})
afterEach(() => {
  jest.useRealTimers()
})

const unavailable = Object.assign(new Error('14 UNAVAILABLE: refused'), { code: 14 })
const fake = (name = 's', traceFlags = 1) =>
  ({ name, spanContext: () => ({ traceId: '', spanId: '', traceFlags }) }) as never

function setUp(options = {}) {
  const exporter = memory()
  const counts = { exported: 0, dropped: 0, failed: 0 }
  const said: Report[] = []
  const { report } = createSummaries((each) => said.push(each))
  const queue = {
    maxQueueSize: 10,
    maxBatchSize: 4,
    delayMs: 1000,
    exportTimeoutMs: 500,
    ...options,
  }
  return {
    exporter,
    counts,
    said,
    processor: createBatchProcessor(exporter, { queue, counts, report }),
  }
}

const add = (processor: { onEnd(span: never): void }, count: number) => {
  for (let at = 0; at < count; at++) processor.onEnd(fake())
}
const wait = (ms: number) => jest.advanceTimersByTimeAsync(ms)

describe('when all is well', () => {
  test('spans go after the delay; a full batch goes at once; unsampled ones never', async () => {
    const { exporter, processor, counts } = setUp()
    processor.onEnd(fake('unsampled', 0))
    add(processor, 1)
    await wait(999)
    expect(exporter.calls).toBe(0)
    await wait(1)
    expect(exporter.spans).toHaveLength(1)
    add(processor, 4)
    await wait(0)
    expect(exporter.spans).toHaveLength(5)
    expect(counts).toEqual({ exported: 5, dropped: 0, failed: 0 })
  })
  test('flush sends all, in batches', async () => {
    const { exporter, processor } = setUp()
    add(processor, 9)
    await processor.forceFlush()
    expect(exporter.spans).toHaveLength(9)
    expect(exporter.calls).toBe(3)
  })
})

describe('when the collector is down', () => {
  test('the batch is kept, attempts pause longer and longer, one report and then summaries', async () => {
    const { exporter, processor, said, counts } = setUp()
    exporter.error = unavailable
    add(processor, 4)
    await wait(0)
    expect(exporter.calls).toBe(1)
    await wait(700)
    expect(exporter.calls).toBe(1)
    await wait(600)
    expect(exporter.calls).toBe(2)
    await wait(3700)
    expect(exporter.calls).toBe(3)
    expect(said.map((report) => report.type)).toEqual(['trace.export_failed'])
    expect(said[0]).toMatchObject({ level: 'warn', fields: { waiting: 4 } })
    exporter.error = undefined
    await wait(30_000)
    expect(counts).toEqual({ exported: 4, dropped: 0, failed: 0 })
    expect(said.map((report) => report.type)).toContain('trace.export_recovered')
  })
  test('the queue is bounded: newer spans are dropped, counted, and said once', async () => {
    const { exporter, processor, said, counts } = setUp()
    exporter.error = unavailable
    add(processor, 1000)
    await wait(0)
    expect(counts.dropped).toBe(990)
    expect(said.filter((report) => report.type === 'trace.spans_dropped')).toHaveLength(1)
    expect(exporter.calls).toBe(1)
    await wait(31_000)
    expect(said.filter((report) => report.type === 'trace.spans_dropped')[1]).toMatchObject({
      fields: { repeated: 989 },
    })
  })
  test('a batch is given up after five attempts, or at once when the collector refuses it for good', async () => {
    const { exporter, processor, counts } = setUp()
    exporter.error = unavailable
    add(processor, 4)
    await wait(120_000)
    expect(counts.failed).toBe(4)
    exporter.error = Object.assign(new Error('16 UNAUTHENTICATED'), { code: 16 })
    add(processor, 2)
    await wait(60_000)
    expect(counts.failed).toBe(6)
  })
  test('an exporter that never answers is left after the timeout; one that throws is a failure', async () => {
    const { exporter, processor, said } = setUp()
    exporter.gate = new Promise(() => {})
    add(processor, 4)
    await wait(501)
    expect(said[0]?.message).toContain('no answer from the exporter in 500 ms')
    const throwing = setUp()
    throwing.exporter.export = () => {
      throw new Error('broken')
    }
    add(throwing.processor, 4)
    await wait(0)
    expect(throwing.said[0]?.message).toContain('broken')
  })
  test('shutdown tries once more, counts what is lost, and does not hang', async () => {
    const { exporter, processor, counts } = setUp()
    exporter.error = unavailable
    add(processor, 7)
    await wait(0)
    await processor.shutdown()
    expect(counts.failed).toBe(7)
    add(processor, 3)
    await wait(60_000)
    expect(exporter.calls).toBe(2)
  })
})
