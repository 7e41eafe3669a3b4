import type {
  CollectionResult,
  IMetricReader,
  MetricProducer,
  PushMetricExporter,
  ResourceMetrics,
} from '@opentelemetry/sdk-metrics'
import { quietly } from './quiet.ts'

export interface ReaderOptions {
  readonly exporter?: PushMetricExporter
  readonly intervalMs: number
  readonly exportTimeoutMs: number
  readonly cardinalityLimit: number
  /** Sees everything that is collected. */
  readonly onCollected: (result: CollectionResult) => void
  /** How an export went; `undefined`: well. */
  readonly onExported?: (error: unknown) => void
}

/** Collects when it is asked, and pushes by the clock where there is an exporter. */
export interface Reader extends IMetricReader {
  /** What was measured so far. Concurrent calls share one collection. */
  pull(timeoutMs: number): Promise<ResourceMetrics>
}

// The values of these enumerations are part of the SDK's public API; the SDK itself is not loaded for them.
const DEFAULT_AGGREGATION = { type: 0 } as const
const CUMULATIVE = 1

/**
 * One reader for push and pull: a measurement then costs one look-up and not two, and both show the same numbers. It implements the
 * SDK's interface and not its base class, so that it works with any copy of the SDK; a failing exporter says so here, and not through the
 * SDK's global error handler.
 */
export function reader(options: ReaderOptions): Reader {
  const {
    exporter,
    intervalMs,
    exportTimeoutMs,
    cardinalityLimit,
    onCollected,
    onExported = () => {},
  } = options
  let producer: MetricProducer | undefined
  let collecting: Promise<ResourceMetrics> | undefined
  let exporting: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined

  async function collect(timeoutMs: number): Promise<ResourceMetrics> {
    if (producer === undefined) throw new Error('this reader belongs to no meter provider')
    const result = await producer.collect({ timeoutMillis: timeoutMs })
    onCollected(result)
    return result.resourceMetrics
  }

  function pull(timeoutMs: number): Promise<ResourceMetrics> {
    collecting ??= collect(timeoutMs).finally(() => {
      collecting = undefined
    })
    return collecting
  }

  async function push(to: PushMetricExporter): Promise<void> {
    try {
      const collected = await pull(exportTimeoutMs)
      if (collected.scopeMetrics.length > 0) {
        await exported(to, collected, exportTimeoutMs)
        onExported(undefined)
      }
    } catch (error) {
      onExported(error)
    }
  }

  function tick(): Promise<void> {
    if (exporter === undefined) return Promise.resolve()
    exporting ??= push(exporter).finally(() => {
      exporting = undefined
    })
    return exporting
  }

  async function flush(): Promise<void> {
    // What is under way may have been collected before the latest measurement.
    await exporting
    await tick()
    await exporter?.forceFlush()
  }

  return {
    setMetricProducer(given) {
      producer = given
      if (exporter) timer = setInterval(() => void tick(), intervalMs).unref()
    },
    selectAggregation: (type) => exporter?.selectAggregation?.(type) ?? DEFAULT_AGGREGATION,
    selectAggregationTemporality: (type) =>
      exporter?.selectAggregationTemporality?.(type) ?? CUMULATIVE,
    selectCardinalityLimit: () => cardinalityLimit,
    collect: async () => ({ resourceMetrics: await pull(exportTimeoutMs), errors: [] }),
    pull,
    forceFlush: flush,
    async shutdown() {
      clearInterval(timer)
      await flush()
      await exporter?.shutdown()
    },
  }
}

/** Whether Prometheus can be served from what this exporter has collected. */
export function isCumulative(exporter: PushMetricExporter): boolean {
  const types = [
    'COUNTER',
    'GAUGE',
    'HISTOGRAM',
    'UP_DOWN_COUNTER',
    'OBSERVABLE_COUNTER',
    'OBSERVABLE_GAUGE',
    'OBSERVABLE_UP_DOWN_COUNTER',
  ] as const
  return types.every(
    (type) =>
      (exporter.selectAggregationTemporality?.(type as never) ?? CUMULATIVE) === CUMULATIVE &&
      (exporter.selectAggregation?.(type as never) ?? DEFAULT_AGGREGATION).type === 0,
  )
}

function exported(
  exporter: PushMetricExporter,
  collected: ResourceMetrics,
  timeoutMs: number,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`no answer in ${timeoutMs} ms`)),
      timeoutMs,
    ).unref()
    quietly(() =>
      exporter.export(collected, ({ code, error }) => {
        clearTimeout(timer)
        if (code === 0) resolve()
        else reject(error ?? new Error('the exporter gave no reason'))
      }),
    )
  })
}
