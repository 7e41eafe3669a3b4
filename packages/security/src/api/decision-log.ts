import type { Operation } from '@clew/internal/requests/contract'
import type { Denial } from '../guard/answer.ts'

/** One decision, for people who look at a running service. Without credentials and claims. */
export interface LoggedDecision {
  /** When, in milliseconds since 1970. */
  readonly atMs: number
  readonly outcome: 'allowed' | Denial
  /** Of the response; undefined where the request was let in. */
  readonly status: number | undefined
  readonly service: string | undefined
  readonly method: string | undefined
  /** The scheme that decided; several, with `+` between them, where `allOf` let the request in. */
  readonly scheme: string | undefined
  /** Why it was denied: one of a small set. */
  readonly reason: string | undefined
  readonly address: string
}

/** The latest decisions of an API. */
export interface DecisionLog {
  add(decision: Omit<LoggedDecision, 'atMs' | 'service' | 'method'>, operation: Operation): void
  /** Newest first. */
  latest(): readonly LoggedDecision[]
}

const room = 200

/** Room for 200: each takes the place of the oldest, so that nothing is allocated for long. */
export function createDecisionLog(): DecisionLog {
  const slots: LoggedDecision[] = []
  let next = 0
  return {
    add({ outcome, status, scheme, reason, address }, { service, method }) {
      const atMs = Date.now()
      slots[next] = { atMs, outcome, status, service, method, scheme, reason, address }
      next = (next + 1) % room
    },
    latest: () => [...slots.slice(0, next).reverse(), ...slots.slice(next).reverse()],
  }
}
