/** `pass` and `warn` are healthy enough to serve; the words of `application/health+json`. */
export type Status = 'pass' | 'warn' | 'fail'

/** The state of one dependency. */
export interface Check {
  readonly name: string
  /** Up or down, after `failAfter` and `recoverAfter`. */
  readonly up: boolean
  /**
   * `pass`: up. `warn`: up although the last ping failed, or down and not critical. `fail`: down
   * and critical.
   */
  readonly status: Status
  readonly critical: boolean
  /** An earlier ping is still running past its timeout, so no other one was started. */
  readonly stuck: boolean
  /**
   * A ping runs that had not ended in time for this answer: the rest is what was known before it. If
   * nothing was, it counts as down.
   */
  readonly stale: boolean
  /** Consecutive failures. */
  readonly failures: number
  /** How long the last ping took, or has been running if it is stuck, in milliseconds. */
  readonly durationMs: number
  /** Why it is not simply `pass`: one line, bounded, without credentials. */
  readonly error?: string
  /** The `code` of that error, if it has one. */
  readonly code?: string
  /** When it was last pinged, ISO 8601. */
  readonly checkedAt: string
  /** Since when it has been up or down, ISO 8601. */
  readonly since: string
}

/** What `check` returns: the state of everything at one time. Frozen. */
export interface Health {
  /**
   * `fail` if a critical dependency is down or the checker drains; `warn` if any check is `warn`;
   * otherwise `pass`.
   */
  readonly status: Status
  /** Whole seconds since the process started. */
  readonly uptime: number
  readonly version: string
  readonly draining: boolean
  /** In the order of the pingers. */
  readonly checks: readonly Check[]
}
