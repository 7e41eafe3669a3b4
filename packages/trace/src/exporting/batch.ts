import { reasonOf } from '@clew/internal/errors/reason'
import type { Report } from '@clew/internal/reports/reporter'
import type { ReadableSpan, SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace-node'
import { runIn, suppressedContext } from '../context/active.ts'
import { sampledFlag } from '../context/span-context.ts'
import type { Queue } from './queue.ts'

/** Counts since `configure`. */
export interface ExportCounts {
  /** Spans that the collector accepted. */
  exported: number
  /** Spans that were dropped because the queue was full. */
  dropped: number
  /** Spans that were given up after a failed export. */
  failed: number
}

export interface BatchProcessor extends SpanProcessor {
  /**
   * Gives up at a deadline: counts what is left as failed, and closes the exporter without waiting.
   */
  abandon(): void
}

const firstPauseMs = 1000
const longestPauseMs = 30_000
const maxAttempts = 5
// Status codes after which OTLP allows another attempt: cancelled, deadline exceeded, resource
// exhausted, aborted, out of range, unavailable, data loss.
const transientGrpcCodes = new Set([1, 4, 8, 10, 11, 14, 15])

export interface BatchSettings {
  readonly queue: Queue
  readonly counts: ExportCounts
  /** Takes a failure each time it happens; repetitions are summed up further up. */
  report(report: Report): void
}

/**
 * Batches spans for one exporter. The SDK's processor drops a batch that failed and tries the next
 * one at once: a collector that restarts loses spans, and one that is down gets a call, and the log
 * a line, for every 512 spans. This one keeps the failed batch, pauses, and lets the bounded queue
 * fill up.
 */
export function createBatchProcessor(
  exporter: SpanExporter,
  { queue: bounds, counts, report }: BatchSettings,
): BatchProcessor {
  const { maxQueueSize, delayMs, exportTimeoutMs } = bounds
  const maxBatchSize = Math.min(bounds.maxBatchSize, maxQueueSize)
  let queue: ReadableSpan[] = []
  let failures = 0
  let attempts = 0
  let timer: NodeJS.Timeout | undefined
  let exporting: Promise<boolean> | undefined
  let closed = false
  let abandoned = false

  function schedule(afterMs: number): void {
    if (timer !== undefined || closed) return
    timer = setTimeout(() => {
      timer = undefined
      void exportOne()
    }, afterMs).unref()
  }

  function next(): void {
    if (queue.length === 0 || exporting !== undefined) return
    if (failures > 0) {
      const pause = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(failures - 1, 5))
      schedule(pause * (0.8 + Math.random() * 0.4))
    } else if (queue.length >= maxBatchSize) {
      clearTimeout(timer)
      timer = undefined
      if (!closed) void exportOne()
    } else schedule(delayMs)
  }

  /**
   * Sends one batch, unless one is on its way. Resolves to false if the next one should not follow.
   */
  function exportOne(): Promise<boolean> {
    exporting ??= attempt().finally(() => {
      exporting = undefined
      next()
    })
    return exporting
  }

  async function attempt(): Promise<boolean> {
    clearTimeout(timer)
    timer = undefined
    const batch = queue.slice(0, maxBatchSize)
    if (batch.length === 0) return true
    const error = await send(batch)
    if (abandoned) return false
    if (error === undefined) {
      queue = queue.slice(batch.length)
      counts.exported += batch.length
      attempts = 0
      if (failures > 0) recovered()
      return true
    }
    failures++
    attempts++
    const lost = !isTransient(error) || attempts >= maxAttempts
    if (lost) {
      queue = queue.slice(batch.length)
      counts.failed += batch.length
      attempts = 0
    }
    report({
      type: 'trace.export_failed',
      level: 'warn',
      message: `spans cannot be exported: ${reasonOf(error)}`,
      fields: { waiting: queue.length, failed: counts.failed, dropped: counts.dropped },
    })
    return false
  }

  function recovered(): void {
    report({
      type: 'trace.export_recovered',
      level: 'info',
      message: `spans are exported again after ${failures} failed attempts`,
      fields: { failures, failed: counts.failed, dropped: counts.dropped },
    })
    failures = 0
  }

  function send(batch: ReadableSpan[]): Promise<unknown> {
    return new Promise((resolve) => {
      const late = setTimeout(
        () => resolve(new Error(`no answer from the exporter in ${exportTimeoutMs} ms`)),
        exportTimeoutMs,
      ).unref()
      const done = (error: unknown) => {
        clearTimeout(late)
        resolve(error)
      }
      try {
        // The requests of the exporter are not traced.
        runIn(suppressedContext, () =>
          exporter.export(batch, ({ code, error }) =>
            done(code === 0 ? undefined : (error ?? new Error('the exporter gave no reason'))),
          ),
        )
      } catch (error) {
        done(error ?? new Error('the exporter threw'))
      }
    })
  }

  async function flush(): Promise<void> {
    await exporting
    while (queue.length > 0 && (await exportOne())) {
      // exportOne has sent a batch.
    }
    await exporter.forceFlush?.()
  }

  return {
    onStart() {},
    onEnd(span) {
      if (closed || (span.spanContext().traceFlags & sampledFlag) === 0) return
      if (queue.length >= maxQueueSize) {
        counts.dropped++
        report({
          type: 'trace.spans_dropped',
          level: 'warn',
          message: `spans are dropped: ${maxQueueSize} wait already (maxQueueSize)`,
          fields: { dropped: counts.dropped },
        })
        return
      }
      queue.push(span)
      if (queue.length === 1 || queue.length === maxBatchSize) next()
    },
    forceFlush: flush,
    async shutdown() {
      closed = true
      clearTimeout(timer)
      await flush()
      if (abandoned) return
      counts.failed += queue.length
      queue = []
      await exporter.shutdown()
    },
    abandon() {
      closed = true
      abandoned = true
      clearTimeout(timer)
      counts.failed += queue.length
      queue = []
      // A call that hangs would keep the process alive until its own timeout.
      new Promise((resolve) => resolve(exporter.shutdown())).catch(() => {})
    },
  }
}

function isTransient(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code
  // OTLP over HTTP has retried by itself when it gives up; a status is then the last word.
  return typeof code === 'number' ? transientGrpcCodes.has(code) : true
}
