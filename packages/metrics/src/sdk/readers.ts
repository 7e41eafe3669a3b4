import { reasonOf } from '@clew/internal/errors/reason'
import type { CollectionResult, PushMetricExporter } from '@opentelemetry/sdk-metrics'
import type { SeriesStorage } from '../instruments/state.ts'
import { createStorage, type SeriesReader } from '../series/storage.ts'
import type { Environment } from './environment.ts'
import { watchNameClashes } from './name-clashes.ts'
import { createObservations } from './observations.ts'
import type { Settings } from './options.ts'
import { watchOverflow } from './overflow.ts'
import { type PointCounts, watchDelivery } from './point-counts.ts'
import { createReader, isCumulative, type OwnMetrics, type Reader } from './reader.ts'
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
  /** What is served to Prometheus; undefined if nothing is. */
  readonly prometheus: Settings['prometheus']
}

export interface Readers {
  readonly readers: Reader[]
  /** The one that Prometheus reads from. */
  readonly scraped: Reader | undefined
  /** The series of all instruments of this package. */
  readonly series: SeriesStorage
}

/** Creates a reader for each exporter, and finds or creates the one that Prometheus reads from. */
export function createReaders(
  exporters: readonly LoadedExporter[],
  { settings, environment, reports, counts, prometheus }: ReadersOptions,
): Readers {
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
  const shared = exporters.findIndex(({ exporter }) => isCumulative(exporter))
  const isShared = prometheus !== undefined && shared >= 0
  const needsOwn = prometheus !== undefined && !isShared
  const wishes = exporters.map(({ exporter }) => wishesOf(exporter))
  const own = wishesOf(undefined)
  const { views, cardinalityLimit } = settings
  const series = createStorage({
    views,
    cardinalityLimit,
    exemplars: prometheus?.exemplars === true && !environment.hasNoExemplars,
    readers: needsOwn ? [...wishes, own] : wishes,
  })
  const ownMetrics = (wish: SeriesReader): OwnMetrics => ({
    collect: () => series.collect(wish),
    observe: createObservations({ views, cardinalityLimit, temporalityOf: wish.temporalityOf }),
  })
  const readers = exporters.map(({ name, exporter }, at) =>
    createReader({
      ...options,
      exporter,
      own: ownMetrics(wishes[at] as SeriesReader),
      ...watchDelivery(name, counts, reports),
    }),
  )
  if (!needsOwn) return { readers, scraped: isShared ? readers[shared] : undefined, series }
  const scraped = createReader({ ...options, own: ownMetrics(own) })
  return { readers: [...readers, scraped], scraped, series }
}

/** What a reader for this exporter, or for Prometheus, wants. */
function wishesOf(exporter: PushMetricExporter | undefined): SeriesReader {
  return {
    temporalityOf: (type) => Number(exporter?.selectAggregationTemporality?.(type) ?? cumulative),
    isDefault: (type) => (exporter?.selectAggregation?.(type) ?? { type: 0 }).type === 0,
  }
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
