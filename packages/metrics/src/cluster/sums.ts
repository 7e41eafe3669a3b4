import { overflowLabel, seriesKey } from '../instruments/series.ts'
import type { HistogramValue, PointValue } from '../series/cells.ts'
import type { MetricSnapshot, Point } from './snapshot.ts'

interface Sum {
  readonly metric: MetricSnapshot
  points: Map<string, Point>
  /** The series that had a place of their own the last time. */
  kept: ReadonlySet<string>
}

/** The SDK's DataPointType. */
export const gauge = 2

export const isGauge = ({ type }: MetricSnapshot): boolean => type === gauge

/** Whether what has been counted must not become less when a process ends. */
export const isTotal = (metric: MetricSnapshot): boolean => metric.type === 0 || metric.isMonotonic

const overflowing = { [overflowLabel]: true }

const idOf = ({ scope, name, unit, type, isMonotonic }: MetricSnapshot) =>
  JSON.stringify([scope.name, scope.version, name, unit, type, isMonotonic])

/** Adds the metrics of several processes, with at most `cardinalityLimit` series for each. */
export class Sums {
  private readonly sums = new Map<string, Sum>()
  private readonly limit: number
  private readonly onMismatch: (metric: string) => void

  /** @param onMismatch - called where two histograms with different bounds cannot be added */
  constructor(cardinalityLimit: number, onMismatch: (metric: string) => void) {
    this.limit = cardinalityLimit
    this.onMismatch = onMismatch
  }

  /** @param label - further attributes of each series */
  add(metric: MetricSnapshot, label?: Point['attributes']): void {
    const id = idOf(metric)
    let sum = this.sums.get(id)
    if (sum === undefined) {
      sum = { metric, points: new Map(), kept: new Set() }
      this.sums.set(id, sum)
    }
    for (const { attributes, value } of metric.points) {
      const labels = label === undefined ? attributes : { ...attributes, ...label }
      this.addPoint(sum, seriesKey(labels as never), { attributes: labels, value })
    }
  }

  private addPoint({ metric, points }: Sum, key: string, point: Point): void {
    const known = points.get(key)
    if (known === undefined) {
      points.set(key, point)
      return
    }
    const value = sumOf(known.value, point.value)
    if (value === undefined) this.onMismatch(metric.name)
    else points.set(key, { attributes: known.attributes, value })
  }

  /** The sums, in the order in which they came. */
  metrics(): MetricSnapshot[] {
    return [...this.sums.values()].map((sum) => {
      if (!isGauge(sum.metric)) this.bound(sum)
      return { ...sum.metric, points: [...sum.points.values()] }
    })
  }

  /** The metric with those series counted together that have no place of their own here. */
  folded(metric: MetricSnapshot): MetricSnapshot {
    const points = this.sums.get(idOf(metric))?.points
    const isKept = ({ attributes }: Point) => points?.has(seriesKey(attributes as never)) === true
    return {
      ...metric,
      points: metric.points.map((point) =>
        isKept(point) ? point : { attributes: overflowing, value: point.value },
      ),
    }
  }

  /** Begins anew; the series that had a place are preferred again, so that none comes and goes. */
  clear(): void {
    for (const sum of this.sums.values()) {
      sum.kept = new Set(sum.points.keys())
      sum.points = new Map()
    }
  }

  /** Counts together what is beyond the limit. */
  private bound(sum: Sum): void {
    const { points, kept } = sum
    const overflowKey = seriesKey(overflowing)
    const keys = [...points.keys()].filter((key) => key !== overflowKey)
    if (keys.length < this.limit) return
    const ordered = [
      ...keys.filter((key) => kept.has(key)),
      ...keys.filter((key) => !kept.has(key)),
    ]
    for (const key of ordered.slice(this.limit - 1)) {
      const { value } = points.get(key) as Point
      points.delete(key)
      this.addPoint(sum, overflowKey, { attributes: overflowing, value })
    }
  }
}

/** Undefined where two values cannot be added. */
function sumOf(a: PointValue, b: PointValue): PointValue | undefined {
  if (typeof a === 'number') return typeof b === 'number' ? a + b : undefined
  if (typeof b === 'number') return undefined
  const { boundaries } = a.buckets
  const others = b.buckets.boundaries
  const isAlike =
    boundaries.length === others.length && boundaries.every((bound, at) => bound === others[at])
  if (!isAlike) return undefined
  return {
    buckets: {
      boundaries,
      counts: a.buckets.counts.map((count, at) => count + (b.buckets.counts[at] ?? 0)),
    },
    sum: a.sum + b.sum,
    count: a.count + b.count,
    exemplars: latest(a.exemplars, b.exemplars),
  }
}

/** Of each bucket, the exemplar that is newer. */
function latest(a: HistogramValue['exemplars'], b: HistogramValue['exemplars']) {
  if (a === undefined || b === undefined) return a ?? b
  return a.map((mine, at) => {
    const other = b[at]
    return mine !== undefined && mine.timeMs >= (other?.timeMs ?? 0) ? mine : other
  })
}
