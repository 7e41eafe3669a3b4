// The global `performance` is a getter that looks up its value each time, and loads it the first time.
let source: typeof performance | undefined

/** A clock that only goes forward, in milliseconds with a fraction. It is read faster than the wall clock. */
export function monotonicMs(): number {
  source ??= performance
  return source.now()
}
