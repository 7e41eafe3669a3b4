import type { Labels } from '../instruments/attributes.ts'

/** What of a view decides which metrics are made of an instrument. */
export interface StreamView {
  readonly matches: (instrument: string) => boolean
  readonly name?: string | undefined
  readonly description?: string | undefined
  readonly drop?: boolean | undefined
  readonly boundaries?: readonly number[] | 'exponential' | undefined
  readonly filter: ((labels: Labels | undefined) => Labels) | undefined
}

/** One metric that is made of an instrument. */
export interface Stream {
  readonly name: string
  /** Undefined: that of the instrument. */
  readonly description: string | undefined
  readonly filter: ((labels: Labels | undefined) => Labels) | undefined
  /** Undefined: the bounds of the instrument. */
  readonly boundaries: readonly number[] | 'exponential' | undefined
}

/**
 * The metrics that are made of an instrument: one for each view that matches it, as in the SDK, and
 * one if none does.
 */
export function streamsOf(
  instrument: string,
  isHistogram: boolean,
  views: readonly StreamView[],
): readonly Stream[] {
  const matching = views.filter(
    (view) => view.matches(instrument) && (isHistogram || view.boundaries === undefined),
  )
  if (matching.length === 0) {
    return [{ name: instrument, description: undefined, filter: undefined, boundaries: undefined }]
  }
  return matching
    .filter(({ drop }) => drop !== true)
    .map(({ name = instrument, description, filter, boundaries }) => ({
      name,
      description,
      filter,
      boundaries,
    }))
}
