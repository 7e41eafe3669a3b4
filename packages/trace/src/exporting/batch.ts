import { reasonOf } from '@clew/internal/errors/reason'
import type { Report } from '@clew/internal/reports/reporter'
import {
  type Attempt,
  attemptExport,
  isRefusal,
  maxDivisions,
  retryPauseMs,
} from '@clew/internal/telemetry/export-attempt'
import type { ReadableSpan, SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace-node'
import { runIn, suppressedContext } from '../context/active.ts'
import { sampledFlag } from '../context/span-context.ts'
import type { ExportCounts } from './counts.ts'
import type { Queue } from './queue.ts'

export interface BatchProcessor extends SpanProcessor {
  /** @param untilMs - when to stop at the latest, by `performance.now()` */
  forceFlush(untilMs?: number): Promise<void>
  /** @param untilMs - when to stop at the latest, by `performance.now()` */
  shutdown(untilMs?: number): Promise<void>
  /**
   * Gives up at a deadline: counts what is left as failed, and closes the exporter without waiting.
   */
  abandon(): void
  /** How many spans wait. */
  waiting(): number
}

const maxAttempts = 5

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
 * fill up. Of a batch that is too large or that nobody can read, it only gives up the spans that
 * are the reason.
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
  let divisions = 0
  let retryAfterMs: number | undefined
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
      schedule(retryPauseMs(failures - 1, retryAfterMs))
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

  function attempt(): Promise<boolean> {
    clearTimeout(timer)
    timer = undefined
    divisions = 0
    return exportFirst(Math.min(queue.length, maxBatchSize))
  }

  /** Sends the first spans of the queue. Resolves to false if the next ones should not follow. */
  async function exportFirst(count: number): Promise<boolean> {
    if (!(count > 0)) return false
    const batch = queue.slice(0, count)
    // The requests of the exporter are not traced.
    const sent = await attemptExport(
      (done) => runIn(suppressedContext, () => exporter.export(batch, done)),
      exportTimeoutMs,
    )
    if (abandoned) return false
    if (sent.fault === undefined) {
      accept(count, sent)
      return true
    }
    const { kind } = sent.fault
    if (kind === 'divisible' && count > 1 && divisions < maxDivisions) {
      if (isRefusal(sent)) divisions++
      const half = count >> 1
      return (await exportFirst(count - half)) && (await exportFirst(half))
    }
    attempts++
    const isLost = kind !== 'transient' || attempts >= maxAttempts
    if (isLost) giveUp(count)
    // A span that nobody takes is no reason to keep the others waiting.
    const goesOn = kind === 'divisible' && divisions < maxDivisions
    if (!goesOn) {
      failures++
      retryAfterMs = sent.fault.retryAfterMs
    }
    reportFailure(sent.error, isLost ? count : 0)
    return goesOn
  }

  function accept(count: number, { partial }: Attempt): void {
    queue = queue.slice(count)
    attempts = 0
    const rejected = Math.min(partial?.rejected ?? 0, count)
    counts.exported += count - rejected
    counts.rejected += rejected
    if (failures > 0) recovered()
    if (partial === undefined) return
    const of = rejected === 0 ? 'a warning' : `${rejected} of ${count} spans rejected`
    report({
      type: 'trace.partial_success',
      level: 'warn',
      message: `the collector accepted an export in part (${of}): ${partial.message || 'no reason given'}`,
      fields: { rejected: counts.rejected },
    })
  }

  function giveUp(count: number): void {
    queue = queue.slice(count)
    counts.failed += count
    attempts = 0
  }

  function reportFailure(error: unknown, lost: number): void {
    const end = lost === 0 ? '' : `; ${lost === 1 ? 'a span is' : `${lost} spans are`} given up`
    report({
      type: 'trace.export_failed',
      level: 'warn',
      message: `spans cannot be exported: ${reasonOf(error)}${end}`,
      fields: { waiting: queue.length, failed: counts.failed, dropped: counts.dropped },
    })
  }

  function recovered(): void {
    report({
      type: 'trace.export_recovered',
      level: 'info',
      message: `spans are exported again after ${failures} failed attempts`,
      fields: { failures, failed: counts.failed, dropped: counts.dropped },
    })
    failures = 0
    retryAfterMs = undefined
  }

  /** Sends what waits now. An exporter whose exports make spans must not keep it going. */
  async function flush(untilMs: number): Promise<void> {
    await exporting
    let left = queue.length
    while (left > 0 && queue.length > 0 && performance.now() < untilMs) {
      const before = queue.length
      left -= Math.min(before, maxBatchSize)
      if (!(await exportOne())) break
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
    forceFlush: (untilMs = Number.POSITIVE_INFINITY) => flush(untilMs),
    async shutdown(untilMs = Number.POSITIVE_INFINITY) {
      closed = true
      clearTimeout(timer)
      await flush(untilMs)
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
    waiting: () => queue.length,
  }
}
