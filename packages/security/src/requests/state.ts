import type { RequestPart, RequestRecord } from '@clew/internal/requests/record'
import type { Principal } from '../policy/principal.ts'

/**
 * What this package knows of a request: its part of the record. Fields only, since the copy that
 * reads it may be of another version than the one that made it.
 */
export class RequestState implements RequestPart {
  principals: readonly Principal[] = []
  /** The mount path below which a guard outside of any route has let the request in. */
  covered: string | undefined = undefined
  /** How many protected routes the request is in right now. */
  depth = 0
  /** Nothing to do at the end of a request. */
  declare readonly ended?: never
}

export function stateOf(record: RequestRecord): RequestState {
  record.security ??= new RequestState()
  return record.security as RequestState
}
