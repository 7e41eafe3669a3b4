import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'
import type { Labels } from './attributes.ts'
import { SCOPE } from './binding.ts'
import type { Reports } from './reports.ts'
import { state } from './state.ts'
import type { CheckedView } from './views.ts'

/** The SDK's AggregationTemporality.CUMULATIVE. */
const CUMULATIVE = 1

export const OVERFLOW = 'otel.metric.overflow'

/**
 * Enforces the cardinality limit over the life of the process, and says it once for each metric. The SDK's own limit holds for what is
 * new between two collections only: a label that never repeats grows its cumulative series without end. So when a metric has reached
 * the limit, the series it has are remembered, and whatever else our instruments record goes into the series of the overflow.
 */
export function overflowWatch(
  limit: number,
  views: readonly CheckedView[],
  reports: Reports,
): (collected: ResourceMetrics) => void {
  const { full } = state()
  return ({ scopeMetrics }) => {
    for (const { scope, metrics } of scopeMetrics) {
      for (const { descriptor, dataPoints, aggregationTemporality } of metrics) {
        if (dataPoints.length < limit) continue
        const { name } = descriptor
        // Instruments know their own name only, and what they are given before a view has left out attributes.
        const view =
          views.find((each) => each.name === name) ??
          views.find((each) => each.name === undefined && each.matches(name))
        const instrument = view?.name === undefined ? name : view.instrument
        // Delta series are forgotten with each collection, so there the SDK's limit is enough.
        if (
          scope.name === SCOPE &&
          aggregationTemporality === CUMULATIVE &&
          !full.has(instrument)
        ) {
          full.set(instrument, {
            series: new Set(dataPoints.map(({ attributes }) => keyOf(attributes as Labels))),
            ...(view?.filter ? { filter: view.filter } : {}),
          })
        }
        reports.once(`overflow ${name}`, {
          type: 'metrics.overflow',
          level: 'warn',
          message: `${name} has reached ${limit} different sets of attributes; new ones are counted together under ${OVERFLOW}="true"`,
          fields: { metric: name, limit },
        })
      }
    }
  }
}

/** The labels, or those of the overflow when the metric is full and does not have these. */
export function admitted(name: string, labels: Labels | undefined): Labels | undefined {
  const { full } = state()
  if (full.size === 0) return labels
  const known = full.get(name)
  if (known === undefined) return labels
  const kept = known.filter ? known.filter(labels) : labels
  return known.series.has(keyOf(kept)) ? labels : { [OVERFLOW]: true }
}

function keyOf(labels: Labels | undefined): string {
  return JSON.stringify(Object.entries(labels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)))
}
