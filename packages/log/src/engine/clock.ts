import { monotonicMs } from '@clew/internal/time/clock'

let wallAhead: number | undefined

/**
 * What to add to a time of the monotonic clock to get the wall clock's. Follows the wall clock when
 * that is set.
 */
export function wallOffsetMs(): number {
  const before = monotonicMs()
  const wall = Date.now()
  const after = monotonicMs()
  // The wall clock shows whole milliseconds: the real time is up to one more.
  const least = wall - after
  const most = wall + 1 - before
  wallAhead ??= performance.timeOrigin
  if (!(wallAhead >= least && wallAhead < most)) wallAhead = (least + most) / 2
  return wallAhead
}
