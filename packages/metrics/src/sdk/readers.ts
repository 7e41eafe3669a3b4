import { reasonOf } from '@clew/internal/errors/reason'
import type { CollectionResult, PushMetricExporter } from '@opentelemetry/sdk-metrics'
import type { Environment } from './environment.ts'
import { watchNameClashes } from './name-clashes.ts'
import { createObservations } from './observations.ts'
import type { Settings } from './options.ts'
import { watchOverflow } from './overflow.ts'
import { type PointCounts, watchDelivery } from './point-counts.ts'
import { createReader, isCumulative, type Reader } from './reader.ts'
import type { Reports } from './reports.ts'

/** The SDK's AggregationTemporality.CUMULATIVE. */
const cumulative = 1

/** An exporter that is loaded. */
export interface LoadedExporter {
  readonly name: string
  readonly exporter: PushMetricExporter
}

export interface ReadersOptions {
  readonly settings: Settings
  readonly environment: Environment
  readonly reports: Reports
  readonly counts: PointCounts
  /** Whether Prometheus is served. */
  readonly isScraped: boolean
}

/** Creates a reader for each exporter, and finds or creates the one that Prometheus reads from. */
export function createReaders(
  exporters: readonly LoadedExporter[],
  { settings, environment, reports, counts, isScraped }: ReadersOptions,
): { readers: Reader[]; scraped: Reader | undefined } {
  const options = {
    intervalMs: environment.intervalMs ?? settings.intervalMs,
    exportTimeoutMs: environment.exportTimeoutMs ?? settings.exportTimeoutMs,
    callbackTimeoutMs: Math.min(
      settings.callbackTimeoutMs,
      Math.max(1, settings.shutdownTimeoutMs / 2),
    ),
    maxPendingExports: settings.maxPendingExports,
    cardinalityLimit: settings.cardinalityLimit,
    onCollected: watchCollections(settings, reports),
  }
  const { views, cardinalityLimit } = settings
  const observationsFor = (exporter?: PushMetricExporter) =>
    createObservations({
      views,
      cardinalityLimit,
      temporalityOf: (type) => Number(exporter?.selectAggregationTemporality?.(type) ?? cumulative),
    })
  const readers = exporters.map(({ name, exporter }) =>
    createReader({
      ...options,
      exporter,
      observations: observationsFor(exporter),
      ...watchDelivery(name, counts, reports),
    }),
  )
  if (!isScraped) return { readers, scraped: undefined }
  const shared = readers[exporters.findIndex(({ exporter }) => isCumulative(exporter))]
  if (shared) return { readers, scraped: shared }
  const scraped = createReader({ ...options, observations: observationsFor() })
  return { readers: [...readers, scraped], scraped }
}

function watchCollections(
  { cardinalityLimit, views }: Settings,
  reports: Reports,
): (result: CollectionResult) => void {
  const checkOverflow = watchOverflow(cardinalityLimit, views, reports)
  const checkNames = watchNameClashes(reports)
  return ({ resourceMetrics, errors }) => {
    checkOverflow(resourceMetrics)
    if (views.length > 0) checkNames(resourceMetrics)
    for (const error of errors) {
      const reason = reasonOf(error)
      reports.once(`callback ${reason}`, {
        type: 'metrics.callback_failed',
        level: 'warn',
        message: `an observable failed: ${reason}`,
        fields: { reason },
      })
    }
  }
}
