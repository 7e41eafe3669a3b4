import { reasonOf } from '@clew/internal/errors/reason'
import type { EarlyReporter } from '@clew/internal/reports/early-reporter'
import type { Summaries } from '@clew/internal/reports/repeats'
import type { Report } from '@clew/internal/reports/reporter'
import type { Middleware } from '@clew/internal/requests/middleware'
import { watchProcessEnd } from '@clew/internal/telemetry/process-end'
import { shared } from '../context/shared.ts'
import type { BatchProcessor } from '../exporting/batch.ts'
import type { ExportCounts } from '../exporting/counts.ts'
import { type HttpOptions, http } from '../http/middleware.ts'

/** What `configure` has set up. */
export interface Tracing {
  /** The middleware of {@link http}, for code that has only the handle. */
  http(options?: HttpOptions): Middleware
  /** Sends the spans that wait. Resolves when they are sent or given up; never rejects. */
  flush(): Promise<void>
  /**
   * Sends the spans that wait, then unregisters everything that `configure` has registered. Takes
   * at most `shutdownTimeoutMs`; never rejects.
   */
  shutdown(): Promise<void>
  /**
   * Subscribes to tracing's reports, including earlier ones. Returns a function that unsubscribes.
   */
  subscribe(listener: (report: Report) => void): () => void
  /** What has become of the spans so far. */
  counts(): Readonly<ExportCounts>
}

interface Parts {
  readonly processors: readonly BatchProcessor[]
  readonly counts: Readonly<ExportCounts>
  readonly reporter: EarlyReporter
  readonly summaries: Summaries
  readonly timeoutMs: number
  /** Undoes what `configure` has registered. */
  release(): void
}

export function createTracing(parts: Parts): Tracing {
  const { processors, counts, reporter, summaries, timeoutMs, release } = parts
  const warning = (type: string, message: string): Report => ({
    type,
    level: 'warn',
    message,
    fields: { ...counts },
  })
  const warn = (type: string, message: string) => reporter.report(warning(type, message))

  const settle = async (
    step: 'flush' | 'shutdown',
    run: (processor: BatchProcessor, untilMs: number) => Promise<void>,
  ) => {
    const untilMs = performance.now() + timeoutMs
    const results = Promise.allSettled(processors.map((processor) => run(processor, untilMs)))
    let timer: NodeJS.Timeout | undefined
    // Not unref'd: a process that exits before the deadline would lose the spans that wait.
    const deadline = new Promise<undefined>((resolve) => {
      timer = setTimeout(resolve, timeoutMs, undefined)
    })
    const outcome = await Promise.race([results, deadline])
    clearTimeout(timer)
    if (outcome === undefined) {
      if (step === 'shutdown') for (const processor of processors) processor.abandon()
      warn(`trace.${step}_failed`, `${step} of tracing was given up after ${timeoutMs} ms`)
      return
    }
    const rejected = outcome.find((result) => result.status === 'rejected')
    if (rejected === undefined) return
    warn(`trace.${step}_failed`, `${step} of tracing failed: ${reasonOf(rejected.reason)}`)
  }

  const close = async () => {
    stopWatching()
    // Ends the spans of calls whose bodies are still open, while they can be sent.
    shared().uninstallClients?.()
    await settle('shutdown', (processor, untilMs) => processor.shutdown(untilMs))
    release()
    const lost = counts.failed + counts.dropped + counts.rejected
    if (lost > 0) warn('trace.spans_lost', `${lost} spans were not exported`)
    summaries.close()
    reporter.close()
  }

  const flush = () => settle('flush', (processor, untilMs) => processor.forceFlush(untilMs))
  const waiting = () => processors.reduce((sum, processor) => sum + processor.waiting(), 0)
  const ifWaiting = (type: string, message: (count: number) => string) => () => {
    const count = waiting()
    return count === 0 ? undefined : warning(type, message(count))
  }
  const stopWatching = watchProcessEnd({
    late: ifWaiting(
      'trace.no_shutdown',
      (count) => `the process ends without shutdown() of tracing; ${count} spans are sent now`,
    ),
    lost: ifWaiting(
      'trace.spans_lost',
      (count) =>
        `${count} spans were not exported: process.exit() was called without shutdown() of tracing`,
    ),
    flush,
    report: reporter.report,
    write: reporter.close,
  })

  let closing: Promise<void> | undefined
  return {
    http,
    subscribe: reporter.subscribe,
    counts: () => ({ ...counts }),
    flush: () => closing ?? flush(),
    shutdown() {
      closing ??= close()
      return closing
    },
  }
}
