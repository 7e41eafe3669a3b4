import type { Labels } from '../instruments/attributes.ts'
import { overflowLabel, seriesKey } from '../instruments/series.ts'
import type { Declared } from '../instruments/state.ts'
import { type Cell, GaugeCell, HistogramCell, SumCell } from './cells.ts'
import type { Stream } from './streams.ts'

export interface MetricOptions {
  readonly declared: Declared
  readonly stream: Stream
  readonly cardinalityLimit: number
  readonly exemplars: boolean
}

// Those of the SDK.
const defaultBoundaries = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000]

/** The series of one metric. At most `cardinalityLimit`, over the life of the process. */
export class Metric {
  readonly declared: Declared
  readonly stream: Stream
  readonly cells: Map<string, Cell> = new Map()
  private readonly limit: number
  private readonly create: (labels: Labels) => Cell

  constructor({ declared, stream, cardinalityLimit, exemplars }: MetricOptions) {
    this.declared = declared
    this.stream = stream
    this.limit = cardinalityLimit
    const bounds = stream.boundaries ?? declared.boundaries ?? defaultBoundaries
    const boundaries = bounds === 'exponential' ? [] : [...bounds]
    this.create = (labels) => {
      if (declared.kind === 'histogram') return new HistogramCell(labels, boundaries, exemplars)
      return declared.kind === 'gauge' ? new GaugeCell(labels) : new SumCell(labels)
    }
  }

  /** The cell of a series. Beyond the limit, that of the overflow series. */
  cellOf(labels: Labels | undefined): { readonly cell: Cell; readonly isOverflow: boolean } {
    const { stream, cells } = this
    const kept = stream.filter ? stream.filter(labels) : (labels ?? {})
    const key = seriesKey(kept)
    const known = cells.get(key)
    if (known !== undefined) return { cell: known, isOverflow: false }
    if (cells.size >= this.limit - 1 + (cells.has(overflowLabel) ? 1 : 0)) {
      const overflow = cells.get(overflowLabel) ?? this.create({ [overflowLabel]: true })
      cells.set(overflowLabel, overflow)
      return { cell: overflow, isOverflow: true }
    }
    const cell = this.create(kept)
    cells.set(key, cell)
    return { cell, isOverflow: false }
  }

  /** Removes a series. Returns whether there was one. */
  remove(labels: Labels | undefined): boolean {
    const { filter } = this.stream
    return this.cells.delete(seriesKey(filter ? filter(labels) : labels))
  }
}
