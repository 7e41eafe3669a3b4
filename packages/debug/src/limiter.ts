export interface Limiter {
  /**
   * Calls `use`, unless the limit is reached, with the number of calls skipped since the last one.
   */
  spend(use: (skipped: number) => void): void
}

const windowMs = 60_000

/** Lets through at most `max` calls a minute. */
export function createLimiter(max = 10): Limiter {
  let since = 0
  let spent = 0
  let skipped = 0
  return {
    spend(use) {
      const now = Date.now()
      if (now - since >= windowMs) {
        since = now
        spent = 0
      }
      if (spent >= max) {
        skipped += 1
        return
      }
      spent += 1
      use(skipped)
      skipped = 0
    },
  }
}
