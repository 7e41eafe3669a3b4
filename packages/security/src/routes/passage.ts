import type { RequestState } from '../requests/state.ts'
import { Coverage, type Pass } from './coverage.ts'

/**
 * One way of a request through one router. Express gives all layers on this way the same function
 * `next`, which tells ways apart even if a handler calls `next` twice.
 */
export class Passage {
  readonly router: object
  readonly coverage: Coverage
  readonly outer: Passage | undefined
  readonly earlier: Passage | undefined
  next: unknown = undefined
  /** Where the request is: in a layer that a guard covers, or in an open one, or in none. */
  inside: Pass | 'open' | undefined = undefined

  constructor(router: object, outer: Passage | undefined, earlier: Passage | undefined) {
    this.router = router
    this.outer = outer
    this.earlier = earlier
    this.coverage = new Coverage(coverAround(outer, router))
  }
}

/** None around a router that the request is already in: a handler sends it there once more. */
function coverAround(outer: Passage | undefined, router: object): Pass | undefined {
  for (let each = outer; each !== undefined; each = each.outer) {
    if (each.router === router) return undefined
  }
  const around = outer?.inside
  return around === 'open' ? undefined : around
}

/** The request enters a router. */
export function enter(state: RequestState, router: object): Passage {
  const passage = new Passage(router, currentOf(state), latestOf(state))
  state.passage = passage
  state.latestPassage = passage
  return passage
}

/** The way that a layer of the router is on. */
export function passageOf(state: RequestState, router: object, next: unknown): Passage {
  const current = currentOf(state)
  if (current !== undefined && current.next === next) return current
  let unbound: Passage | undefined
  for (let each: Passage | undefined = latestOf(state); each; each = each.earlier) {
    if (each.next === next) {
      state.passage = each
      return each
    }
    if (each.next === undefined && each.router === router) unbound ??= each
  }
  // Without one the router was not entered where it could be seen: nothing covers it.
  const passage: Passage = unbound ?? new Passage(router, undefined, latestOf(state))
  if (!unbound) state.latestPassage = passage
  passage.next = next
  state.passage = passage
  return passage
}

export const currentOf = ({ passage }: RequestState): Passage | undefined =>
  passage as Passage | undefined

const latestOf = ({ latestPassage }: RequestState): Passage | undefined =>
  latestPassage as Passage | undefined
