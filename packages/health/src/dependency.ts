import type { Failure } from './failure.ts'

/** Up or down, damped: what a row of pings says about a dependency. */
export interface Dependency {
  /** `undefined` until the first ping has ended. */
  readonly up: boolean | undefined
  /** Failures in a row, 0 after a success. */
  readonly failures: number
  /** The last failure, kept until the dependency is up and answers. */
  readonly failure: Failure | undefined
  /** When it last went up or down, in milliseconds since 1970. */
  readonly changedAt: number
  /** Takes the next ping's failure, or `undefined` for a success. Returns what changed. */
  note(failure: Failure | undefined, at: number): Change | undefined
}

export interface Change {
  readonly up: boolean
  /** How long the state before lasted. */
  readonly lastedMs: number
}

export function dependency(failAfter: number, recoverAfter: number): Dependency {
  let up: boolean | undefined
  let failures = 0
  let successes = 0
  let failure: Failure | undefined
  let changedAt = 0

  const turn = (to: boolean, at: number): Change | undefined => {
    const before = up
    const lastedMs = Math.max(0, at - changedAt)
    up = to
    changedAt = at
    // Up from the beginning is not news.
    return before === undefined && to
      ? undefined
      : { up: to, lastedMs: before === undefined ? 0 : lastedMs }
  }

  return {
    get up() {
      return up
    },
    get failures() {
      return failures
    },
    get failure() {
      return failure
    },
    get changedAt() {
      return changedAt
    },
    note(problem, at) {
      if (problem) {
        failures++
        successes = 0
        failure = problem
        if (up === undefined || (up && failures >= failAfter)) return turn(false, at)
        return undefined
      }
      failures = 0
      successes++
      const turns = up === undefined || (!up && successes >= recoverAfter)
      if (turns || up) failure = undefined
      return turns ? turn(true, at) : undefined
    },
  }
}
