import type { ReadableSpan, SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace-node'
import { runIn, SAMPLED } from './api.ts'
import { ROOT, suppressed } from './context.ts'
import { type Reports, reasonOf } from './reports.ts'

/** Bounds of the queue between the service and its exporter. */
export interface QueueOptions {
  /** Most spans that wait (integer >= 1). Newer ones are dropped, counted and reported. `OTEL_BSP_MAX_QUEUE_SIZE`. @defaultValue 2048 */
  readonly maxQueueSize?: number
  /** Most spans in one export (integer >= 1). `OTEL_BSP_MAX_EXPORT_BATCH_SIZE`. @defaultValue 512 */
  readonly maxBatchSize?: number
  /** Longest wait before an export, in milliseconds (integer >= 0). `OTEL_BSP_SCHEDULE_DELAY`. @defaultValue 5000 */
  readonly delayMs?: number
  /** Longest time of one export, in milliseconds (integer >= 1), after which it has failed. `OTEL_BSP_EXPORT_TIMEOUT`. @defaultValue 30_000 */
  readonly exportTimeoutMs?: number
}

/** Counts since `configure`. */
export interface ExportCounts {
  /** Spans the collector took. */
  exported: number
  /** Spans dropped because the queue was full. */
  dropped: number
  /** Spans given up after a failed export. */
  failed: number
}

export interface BatchProcessor extends SpanProcessor {
  /** When time is up: what is left counts as failed, and the exporter is closed without waiting for it. */
  abandon(): void
}

const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 30_000
const ATTEMPTS = 5
// OTLP: what may be sent again. Cancelled, deadline exceeded, resource exhausted, aborted, out of range, unavailable, data loss.
const TRANSIENT_GRPC = new Set([1, 4, 8, 10, 11, 14, 15])

/**
 * The SDK's batch processor drops a batch that fails and tries the next one at once: a collector that restarts loses spans, and one that is
 * down gets a call, and the log a line, for every 512 spans. This one keeps the failed batch, pauses, and lets the bounded queue fill.
 */
export function batchProcessor(
  exporter: SpanExporter,
  options: Required<QueueOptions>,
  counts: ExportCounts,
  reports: Reports,
): BatchProcessor {
  const { maxQueueSize, delayMs, exportTimeoutMs } = options
  const maxBatchSize = Math.min(options.maxBatchSize, maxQueueSize)
  const quiet = suppressed(ROOT)
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
      const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures - 1, 5))
      schedule(pause * (0.8 + Math.random() * 0.4))
    } else if (queue.length >= maxBatchSize) {
      clearTimeout(timer)
      timer = undefined
      if (!closed) void exportOne()
    } else schedule(delayMs)
  }

  /** Sends one batch. True if there is no reason to stop. */
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
    const lost = !isTransient(error) || attempts >= ATTEMPTS
    if (lost) {
      queue = queue.slice(batch.length)
      counts.failed += batch.length
      attempts = 0
    }
    reports.repeat({
      type: 'trace.export_failed',
      level: 'warn',
      message: `spans cannot be exported: ${reasonOf(error)}`,
      fields: { waiting: queue.length, failed: counts.failed, dropped: counts.dropped },
    })
    return false
  }

  function recovered(): void {
    reports.repeat({
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
        // What the exporter sends is not itself traced.
        runIn(quiet, () =>
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
      // exportOne has done it
    }
    await exporter.forceFlush?.()
  }

  return {
    onStart() {},
    onEnd(span) {
      if (closed || (span.spanContext().traceFlags & SAMPLED) === 0) return
      if (queue.length >= maxQueueSize) {
        counts.dropped++
        reports.repeat({
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
  return typeof code === 'number' ? TRANSIENT_GRPC.has(code) : true
}
