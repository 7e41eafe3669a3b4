import type { Labels } from './attributes.ts'
import { state } from './state.ts'

/** The label of the series that counts what a full metric cannot keep apart. */
export const overflowLabel = 'otel.metric.overflow'

/**
 * Returns the labels, or those of the overflow series if the metric is full and lacks this series.
 */
export function admitted(instrument: string, labels: Labels | undefined): Labels | undefined {
  const { full } = state()
  if (full.size === 0) return labels
  const metric = full.get(instrument)
  if (metric === undefined) return labels
  const kept = metric.filter ? metric.filter(labels) : labels
  return metric.series.has(seriesKey(kept)) ? labels : { [overflowLabel]: true }
}

/** A key that does not depend on the order of the labels. */
export function seriesKey(labels: Labels | undefined): string {
  return JSON.stringify(Object.entries(labels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)))
}
