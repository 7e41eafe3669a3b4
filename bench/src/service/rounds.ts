/** The best and the middle of several rounds. */
export interface Rounds {
  readonly best: number
  readonly median: number
}

export function roundsOf(values: readonly number[]): Rounds {
  const sorted = values.toSorted((a, b) => a - b)
  return { best: sorted[0] ?? Number.NaN, median: sorted[sorted.length >> 1] ?? Number.NaN }
}
