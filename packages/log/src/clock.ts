// The global is a getter that looks for its value each time, and loads it the first time: too much for a line, and for an import.
let watch: typeof performance | undefined
let wallAhead: number | undefined

/**
 * A clock that only goes forward, in milliseconds with a fraction. Durations are measured with it, and a line that waits remembers it: it
 * is read faster than the wall clock, which only a line that is written needs.
 */
export function monotonicMs(): number {
  watch ??= performance
  return watch.now()
}

/** What to add to a time of the monotonic clock to get the wall clock's. Follows the wall clock when that is set. */
export function wallOffsetMs(): number {
  const before = monotonicMs()
  const wall = Date.now()
  const after = monotonicMs()
  // The wall clock shows whole milliseconds: what it hides is up to one more.
  const least = wall - after
  const most = wall + 1 - before
  wallAhead ??= performance.timeOrigin
  if (!(wallAhead >= least && wallAhead < most)) wallAhead = (least + most) / 2
  return wallAhead
}
