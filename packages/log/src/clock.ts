// The global `performance` is a getter that looks up its value each time, and loads it the first
// time: too much for a line, and for an import.
let source: typeof performance | undefined
let wallAhead: number | undefined

/**
 * A clock that only goes forward, in milliseconds with a fraction. Durations are measured with it,
 * and a held line stores it: it is read faster than the wall clock, which only a written line
 * needs.
 */
export function monotonicMs(): number {
  source ??= performance
  return source.now()
}

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
