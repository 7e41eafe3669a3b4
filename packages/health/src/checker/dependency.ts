import type { Failure } from '../pings/failure.ts'

/** Whether a dependency is up or down, from its consecutive successes and failures. */
export interface Dependency {
  /** `undefined` until the first ping has ended. */
  readonly up: boolean | undefined
  /** Consecutive failures, 0 after a success. */
  readonly failures: number
  /** The last failure, kept until the dependency is up and a ping passes. */
  readonly failure: Failure | undefined
  /** When it last went up or down, in milliseconds since 1970. */
  readonly changedAt: number
  /** Adds the failure of the next ping, or `undefined` for a success. Returns what changed. */
  add(failure: Failure | undefined, at: number): Change | undefined
}

export interface Change {
  readonly up: boolean
  /** How long the previous state lasted, in milliseconds. */
  readonly lastedMs: number
}

export function createDependency(failAfter: number, recoverAfter: number): Dependency {
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
    // Up from the beginning is not a change.
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
    add(problem, at) {
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
