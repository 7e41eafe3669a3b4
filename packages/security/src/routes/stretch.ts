import type { RequestState } from '../requests/state.ts'
import type { Pass } from './coverage.ts'

/**
 * A part of a request's way outside of Express: below a guard, or open. It has those properties of a
 * passage that are read from outside of it, so that an Express application in it fits in.
 */
export interface Stretch {
  readonly router?: undefined
  readonly inside: Pass | 'open'
  readonly outer: Stretch | undefined
}

/** Outside of every guard. */
export const openStretch: Stretch = Object.freeze({ inside: 'open', outer: undefined })

export const stretchOf = ({ passage }: RequestState): Stretch | undefined =>
  passage as Stretch | undefined

/** From here on the request is below the guard that has let it in last. */
export function enterCover(state: RequestState): void {
  state.passage = {
    inside: { operation: state.operation, principals: state.principals },
    outer: state.passage,
  }
}

export function isCovered(state: RequestState): boolean {
  const inside = stretchOf(state)?.inside
  return inside !== undefined && inside !== 'open'
}
