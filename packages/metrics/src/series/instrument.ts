import type { Attributes, AttributeValue } from '../instruments/attributes.ts'
import { labelsOf } from '../instruments/labels.ts'
import type { SeriesInstrument } from '../instruments/state.ts'
import type { Cell } from './cells.ts'
import type { Metric } from './metric.ts'

/** A place in the tree: the attributes on the way to it are those of a series. */
class Place {
  /** The name of the next attribute; undefined until there is one. */
  name: string | undefined = undefined
  readonly values: Map<AttributeValue, Place> = new Map()
  /** Next attributes with other names, by name and value. */
  others: Map<string, Map<AttributeValue, Place>> | undefined = undefined
  cells: readonly Cell[] | undefined = undefined
}

/**
 * An instrument that finds its series by a walk through a tree of attributes. The SDK makes a text
 * of the sorted attributes for each measurement, which takes several times as long.
 */
export class Instrument implements SeriesInstrument {
  readonly metrics: readonly Metric[]
  private readonly maxPlaces: number
  private places = 0
  private root = new Place()

  constructor(metrics: readonly Metric[], cardinalityLimit: number) {
    this.metrics = metrics
    // The same attributes in another order are another way to the same series.
    this.maxPlaces = 8 * cardinalityLimit
  }

  record(value: number, attributes: Attributes | undefined): void {
    const cells = this.find(attributes) ?? this.resolve(attributes)
    // Nearly always one.
    for (let at = 0; at < cells.length; at++) (cells[at] as Cell).record(value)
  }

  private find(attributes: Attributes | undefined): readonly Cell[] | undefined {
    let place = this.root
    try {
      for (const name in attributes) {
        const values = place.name === name ? place.values : place.others?.get(name)
        const next = values?.get((attributes as Attributes)[name] as AttributeValue)
        if (next === undefined) return undefined
        place = next
      }
    } catch {
      // An attribute that cannot be read is reported on the other way.
      return undefined
    }
    return place.cells
  }

  /** Finds the series by its labels, and remembers the way to it. */
  private resolve(attributes: Attributes | undefined): readonly Cell[] {
    const labels = labelsOf(attributes)
    let isFull = false
    const cells = this.metrics.map((metric) => {
      const { cell, isOverflow } = metric.cellOf(labels)
      isFull ||= isOverflow
      return cell
    })
    // Only series are remembered whose labels are the attributes, without any that was cut.
    if (!isFull && this.places < this.maxPlaces) this.remember(attributes, labels, cells)
    return cells
  }

  private remember(
    attributes: Attributes | undefined,
    labels: Attributes | undefined,
    cells: readonly Cell[],
  ): void {
    let place = this.root
    for (const name in labels) {
      const value = labels[name] as AttributeValue
      if (attributes?.[name] !== value) return
      place = this.next(place, name, value)
    }
    place.cells = cells
  }

  private next(place: Place, name: string, value: AttributeValue): Place {
    place.name ??= name
    let values = place.values
    if (place.name !== name) {
      place.others ??= new Map()
      values = place.others.get(name) ?? new Map()
      place.others.set(name, values)
    }
    let next = values.get(value)
    if (next === undefined) {
      next = new Place()
      values.set(value, next)
      this.places++
    }
    return next
  }

  /** Removes a series. Returns whether there was one. */
  remove(attributes: Attributes | undefined): boolean {
    const labels = labelsOf(attributes)
    this.forgetWays()
    return this.metrics.reduce((found, metric) => metric.remove(labels) || found, false)
  }

  /** After series were removed: they must not be found any more. */
  forgetWays(): void {
    this.root = new Place()
    this.places = 0
  }
}
