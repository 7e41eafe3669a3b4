import { createEarlyReporter } from '@clew/internal/reports/early-reporter'
import { createSummaries, oncePerKey } from '@clew/internal/reports/repeats'
import { hearDiagnostics } from '@clew/internal/telemetry/diagnostics'
import { shared } from '../context/shared.ts'
import { type BatchProcessor, createBatchProcessor } from '../exporting/batch.ts'
import { noCounts } from '../exporting/counts.ts'
import { queueWith } from '../exporting/queue.ts'
import { readEnvironment } from './environment.ts'
import { loadExporters } from './exporters.ts'
import type { Settings } from './options.ts'
import { createProvider } from './provider.ts'
import { register } from './registration.ts'
import { createTracing, type Tracing } from './tracing.ts'

/** What `configure` does once the options are checked. */
export async function start(settings: Settings): Promise<Tracing> {
  const reporter = createEarlyReporter('@clew/trace')
  const summaries = createSummaries(reporter.report)
  const environment = readEnvironment(reporter.report)
  const counts = noCounts()
  const undo: (() => void)[] = []
  const { diag } = await import('@opentelemetry/api')
  undo.push(hearDiagnostics(diag, environment.logLevel))
  // OTEL_SDK_DISABLED turns the recording off, but not the propagation: a trace that passes through
  // this service must not be cut in two.
  const exporters = environment.isDisabled
    ? []
    : await loadExporters(settings.exporter, environment.exporters)
  const queue = queueWith(settings.queue, environment.queue)
  const processors: readonly BatchProcessor[] = exporters.map((exporter) =>
    createBatchProcessor(exporter, { queue, counts, report: summaries.report }),
  )
  // Without an exporter no provider is needed: the api passes the context of callers on by itself.
  const provider =
    processors.length === 0
      ? undefined
      : await createProvider({ settings, environment, processors, report: reporter.report })
  shared().reportOnce = oncePerKey(reporter.report)
  undo.push(() => delete shared().reportOnce)
  undo.push(...(await register(provider, settings, environment, reporter.report)))

  return createTracing({
    processors,
    counts,
    reporter,
    summaries,
    timeoutMs: settings.shutdownTimeoutMs,
    release() {
      for (const step of undo.splice(0).reverse()) step()
    },
  })
}
