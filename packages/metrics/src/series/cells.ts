import type { HrTime } from '@opentelemetry/api'
import type { Labels } from '../instruments/attributes.ts'
import { now } from './clock.ts'
import { type Exemplar, exemplarOf } from './exemplars.ts'

/** The value of one series of one metric. */
export interface Cell {
  readonly labels: Labels
  readonly startTime: HrTime
  record(value: number): void
  /** What was measured since the start. */
  total(): PointValue
  /** What was measured since `total` returned `before`. */
  since(before: PointValue): PointValue
}

export type PointValue = number | HistogramValue

/** The Histogram of the SDK. */
export interface HistogramValue {
  readonly buckets: { readonly boundaries: number[]; readonly counts: number[] }
  readonly sum: number
  readonly count: number
  readonly min?: number | undefined
  readonly max?: number | undefined
  /** For each bucket, a measurement that a trace shows. Not known to the SDK. */
  readonly exemplars?: readonly (Exemplar | undefined)[] | undefined
}

export class SumCell implements Cell {
  readonly labels: Labels
  readonly startTime: HrTime = now()
  private value = 0

  constructor(labels: Labels) {
    this.labels = labels
  }

  record(value: number): void {
    this.value += value
  }

  total(): number {
    return this.value
  }

  since(before: PointValue): number {
    return this.value - (before as number)
  }
}

export class GaugeCell implements Cell {
  readonly labels: Labels
  readonly startTime: HrTime = now()
  private value = 0

  constructor(labels: Labels) {
    this.labels = labels
  }

  record(value: number): void {
    this.value = value
  }

  total(): number {
    return this.value
  }

  since(): number {
    return this.value
  }
}

export class HistogramCell implements Cell {
  readonly labels: Labels
  readonly startTime: HrTime = now()
  private count = 0
  private sum = 0
  private min = Number.POSITIVE_INFINITY
  private max = Number.NEGATIVE_INFINITY
  private readonly boundaries: number[]
  private readonly counts: number[]
  private readonly exemplars: (Exemplar | undefined)[] | undefined

  /** @param hasExemplars - whether the measurements of sampled traces are kept */
  constructor(labels: Labels, boundaries: number[], hasExemplars: boolean) {
    this.labels = labels
    this.boundaries = boundaries
    this.counts = new Array(boundaries.length + 1).fill(0)
    this.exemplars = hasExemplars ? new Array(boundaries.length + 1).fill(undefined) : undefined
  }

  record(value: number): void {
    const { boundaries, counts, exemplars } = this
    this.count++
    this.sum += value
    if (value < this.min) this.min = value
    if (value > this.max) this.max = value
    let low = 0
    let high = boundaries.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((boundaries[middle] as number) < value) low = middle + 1
      else high = middle
    }
    counts[low] = (counts[low] as number) + 1
    if (exemplars !== undefined) exemplars[low] = exemplarOf(value) ?? exemplars[low]
  }

  total(): HistogramValue {
    const { boundaries, counts, sum, count, min, max, exemplars } = this
    return {
      buckets: { boundaries, counts: [...counts] },
      sum,
      count,
      min: count > 0 ? min : undefined,
      max: count > 0 ? max : undefined,
      exemplars: exemplars?.some((each) => each !== undefined) ? [...exemplars] : undefined,
    }
  }

  since(before: PointValue): HistogramValue {
    const last = before as HistogramValue
    const { buckets, sum, count } = this.total()
    const counts = buckets.counts.map((each, at) => each - (last.buckets.counts[at] ?? 0))
    return {
      buckets: { boundaries: buckets.boundaries, counts },
      sum: sum - last.sum,
      count: count - last.count,
      // Not known for a part of the time.
      min: undefined,
      max: undefined,
    }
  }
}
