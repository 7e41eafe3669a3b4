import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'
import type { Labels } from '../instruments/attributes.ts'
import { scopeName } from '../instruments/binding.ts'
import { overflowLabel, seriesKey } from '../instruments/series.ts'
import { state } from '../instruments/state.ts'
import type { Reports } from './reports.ts'
import type { CheckedView } from './views.ts'

/** The SDK's AggregationTemporality.CUMULATIVE. */
const cumulative = 1

/**
 * Returns a function that is given each collection, and enforces the cardinality limit over the
 * life of the process. The SDK's own limit only covers series that are new since the last
 * collection, so a label that never repeats would make its cumulative series grow without end. Once
 * a metric is at the limit, its series are remembered, and all other values of our instruments go
 * into the overflow series. Reports each metric once.
 */
export function watchOverflow(
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
        // Instruments know only their own name, and their labels before a view drops some.
        const view =
          views.find((each) => each.name === name) ??
          views.find((each) => each.name === undefined && each.matches(name))
        const instrument = view?.name === undefined ? name : view.instrument
        // Delta series are forgotten at each collection, so there the SDK's limit is enough.
        if (
          scope.name === scopeName &&
          aggregationTemporality === cumulative &&
          !full.has(instrument)
        ) {
          full.set(instrument, {
            series: new Set(dataPoints.map(({ attributes }) => seriesKey(attributes as Labels))),
            ...(view?.filter ? { filter: view.filter } : {}),
          })
        }
        reports.once(`overflow ${name}`, {
          type: 'metrics.overflow',
          level: 'warn',
          message: `${name} has reached ${limit} different sets of attributes; new ones are counted together under ${overflowLabel}="true"`,
          fields: { metric: name, limit },
        })
      }
    }
  }
}
