import { createSummaries } from '@clew/internal/reports/repeats'
import type { Report } from '@clew/internal/reports/reporter'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { createBatchProcessor } from '../src/exporting/batch.ts'
import { noCounts } from '../src/exporting/counts.ts'
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
  const counts = noCounts()
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
    expect(counts).toEqual({ exported: 5, dropped: 0, failed: 0, rejected: 0 })
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
    expect(counts).toEqual({ exported: 4, dropped: 0, failed: 0, rejected: 0 })
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

describe('when a part of a batch is the reason', () => {
  const poisoned = (name: string) => name.startsWith('poison')
  const queue = { maxQueueSize: 2048, maxBatchSize: 512, exportTimeoutMs: 10_000 }
  const code = (value: number, message = 'refused', more = {}) =>
    Object.assign(new Error(message), { code: value, ...more })

  /** Makes the exporter throw, or answer with an error, while a batch has poison in it. */
  const poison = (exporter: ReturnType<typeof memory>, fail: 'throws' | Error) => {
    const send = exporter.export.bind(exporter)
    exporter.export = (batch, done) => {
      if (!batch.some((span) => poisoned(span.name))) return send(batch, done)
      exporter.calls++
      if (fail === 'throws') throw new TypeError('cannot be encoded')
      return done({ code: 1, error: fail })
    }
  }
  const names = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, at) => `s${from + at}`)

  test.each([
    ['the first', [0]],
    ['the last', [999]],
    ['one in each batch', [100, 700]],
    ['several side by side', [510, 511, 512, 513]],
    ['every tenth', Array.from({ length: 100 }, (_, at) => at * 10)],
  ])(
    'spans that cannot be encoded, %s: all others arrive, in order, and nothing pauses',
    async (_what, at) => {
      const { exporter, processor, counts, said } = setUp(queue)
      poison(exporter, 'throws')
      const all = names(0, 1000).map((name, index) =>
        at.includes(index) ? `poison${index}` : name,
      )
      for (const name of all) processor.onEnd(fake(name))
      await processor.forceFlush()
      expect(exporter.spans.map(({ name }) => name)).toEqual(all.filter((name) => !poisoned(name)))
      expect(counts).toEqual({
        exported: 1000 - at.length,
        dropped: 0,
        failed: at.length,
        rejected: 0,
      })
      expect(said[0]).toMatchObject({
        type: 'trace.export_failed',
        message: 'spans cannot be exported: cannot be encoded; a span is given up',
      })
      processor.onEnd(fake('next'))
      await wait(1000)
      expect(exporter.spans.at(-1)?.name).toBe('next')
    },
  )

  test.each([
    [
      'a message that is too large, in Go',
      code(8, 'grpc: received message larger than max (6 vs. 4)'),
    ],
    ['in Java', code(8, 'gRPC message exceeds maximum size 4194304: 5000000')],
    [
      'in Rust',
      code(11, 'Error, decoded message length too large: found 5 bytes, the limit is: 4 bytes'),
    ],
    ['HTTP 413', code(413)],
    ['HTTP 400', code(400)],
    ['an invalid argument', code(3)],
    ['an internal error of the parser', code(13)],
  ])('a receiver refuses: %s', async (_what, error) => {
    const { exporter, processor, counts } = setUp(queue)
    poison(exporter, error)
    for (const name of [...names(0, 300), 'poison', ...names(300, 500)]) processor.onEnd(fake(name))
    await processor.forceFlush()
    expect(counts).toEqual({ exported: 500, dropped: 0, failed: 1, rejected: 0 })
    expect(exporter.calls).toBeLessThan(30)
  })

  test('a receiver that refuses everything gets a bounded number of requests', async () => {
    const { exporter, processor, counts } = setUp(queue)
    exporter.error = code(3)
    add(processor, 512)
    await wait(0)
    expect(exporter.calls).toBeLessThanOrEqual(130)
    expect(counts.failed).toBeGreaterThan(0)
    const before = exporter.calls
    add(processor, 1)
    await wait(500)
    expect(exporter.calls).toBe(before)
  })

  test.each([
    ['exhausted, without saying that it recovers', code(8)],
    ['unauthenticated', code(16)],
    ['HTTP 401', code(401)],
    ['HTTP 500', code(500)],
  ])('what OTLP does not allow to send again is sent once: %s', async (_what, error) => {
    const { exporter, processor, counts } = setUp()
    exporter.error = error
    add(processor, 4)
    await wait(60_000)
    expect(exporter.calls).toBe(1)
    expect(counts.failed).toBe(4)
  })

  test('RetryInfo of gRPC and Retry-After of HTTP set the pause', async () => {
    const metadata = { get: () => [retryInfo(7, 500_000_000)] }
    for (const error of [
      code(8, 'busy', { metadata }),
      code(503, 'busy', { retryAfterMs: 7500 }),
    ]) {
      const { exporter, processor, counts } = setUp()
      exporter.error = error
      add(processor, 4)
      await wait(0)
      await wait(7400)
      expect(exporter.calls).toBe(1)
      exporter.error = undefined
      await wait(200)
      expect(counts.exported).toBe(4)
    }
  })

  test('a partial success is not a success: counted, and reported once', async () => {
    const { exporter, processor, counts, said } = setUp()
    exporter.export = (_batch, done) =>
      done({ code: 0, partial: { rejected: 3, message: 'too old' } } as never)
    add(processor, 8)
    await wait(0)
    await wait(0)
    expect(counts).toEqual({ exported: 2, dropped: 0, failed: 0, rejected: 6 })
    expect(said).toEqual([
      expect.objectContaining({
        type: 'trace.partial_success',
        message: 'the collector accepted an export in part (3 of 4 spans rejected): too old',
      }),
    ])
  })
})

describe('nothing spins', () => {
  test.each([undefined, Number.NaN, 0, -1])('a batch size of %s', async (maxBatchSize) => {
    const { processor } = setUp({ maxBatchSize })
    add(processor, 3)
    await processor.forceFlush()
    await processor.shutdown()
  })
  test('an exporter that makes a span for each export', async () => {
    const { exporter, processor } = setUp()
    const send = exporter.export.bind(exporter)
    exporter.export = (batch, done) => {
      add(processor, 1)
      send(batch, done)
    }
    add(processor, 5)
    await processor.forceFlush()
    await processor.shutdown()
    expect(exporter.calls).toBeLessThan(10)
  })
  test('past its deadline no further batch is sent, whatever the timers do', async () => {
    const { exporter, processor, counts } = setUp()
    exporter.export = () => {
      throw new Error('not called')
    }
    add(processor, 3)
    await processor.shutdown(performance.now() - 1)
    expect(counts.failed).toBe(3)
  })
})

/** google.rpc.Status with a google.rpc.RetryInfo. */
function retryInfo(seconds: number, nanos: number): Buffer {
  const varint = (value: number): number[] =>
    value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))]
  const field = (number: number, bytes: Iterable<number>) => {
    const content = [...bytes]
    return [(number << 3) | 2, ...varint(content.length), ...content]
  }
  const duration = [0x08, ...varint(seconds), 0x10, ...varint(nanos)]
  const type = Buffer.from('type.googleapis.com/google.rpc.RetryInfo')
  return Buffer.from([0x08, 8, ...field(3, [...field(1, type), ...field(2, field(1, duration))])])
}
