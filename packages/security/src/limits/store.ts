/** How many failures a key may have in a window. */
export interface WindowLimit {
  readonly max: number
  readonly windowMs: number
}

/**
 * Counts the failures of several instances together. `reserve` comes before a check, `settle`
 * after it, so that guesses at the same time cannot exceed the limit. If a method throws, rejects
 * or takes too long, each instance counts alone for a while.
 */
export interface FailureStore {
  /**
   * Counts one more check in flight, unless the failures of the window have reached `max`
   * (`{ retryAfterMs }`), or could reach it with the checks in flight (`'busy'`). The two must be
   * one atomic step.
   */
  reserve(key: string, limit: WindowLimit): Promise<StoreAnswer>
  /** Ends one check in flight; a failure is counted, and the first one starts the window. */
  settle(key: string, limit: WindowLimit, failed: boolean): Promise<unknown>
}

export type StoreAnswer = 'reserved' | 'busy' | { readonly retryAfterMs: number }
