/** A place for one check, which might fail. */
export interface Place {
  /** Gives it back, once. A failure is counted. */
  settle(failed: boolean): void
}

/** There is no place. */
export interface NoPlace {
  readonly reason: 'too_many_failures' | 'too_many_checks' | 'client_gone'
  /** Seconds. */
  readonly retryAfter: number
}

export const tooManyChecks: NoPlace = { reason: 'too_many_checks', retryAfter: 1 }
export const clientGone: NoPlace = { reason: 'client_gone', retryAfter: 1 }

/** For a limit that is switched off. */
export const freePlace: Place = { settle() {} }

export function isPlace(place: Place | NoPlace): place is Place {
  return 'settle' in place
}
