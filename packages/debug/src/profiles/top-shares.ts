import { optionCheck } from '../errors.ts'
import { type Stack, shares } from './stacks.ts'

/** What one function took, as `top()` of each kind of profile lists it. */
export interface TopShare {
  readonly function: string
  readonly file: string
  readonly line: number
  readonly amounts: {
    readonly self: number
    readonly selfPercent: number
    readonly total: number
    readonly totalPercent: number
  }
}

/** The functions that took the most by themselves, the largest first. */
export function topShares(
  stacks: readonly Stack[],
  whole: number,
  count: unknown = 10,
): readonly TopShare[] {
  const max = optionCheck('profile.top').integer('count', count, { min: 1, max: 100_000 })
  const percent = (amount: number) => (whole === 0 ? 0 : (amount / whole) * 100)
  return shares(stacks)
    .slice(0, max)
    .map(({ place, self, total }) => ({
      function: place.name,
      file: place.file,
      line: place.line,
      amounts: { self, selfPercent: percent(self), total, totalPercent: percent(total) },
    }))
}
