import type { RequestPart, RequestRecord } from '@clew/internal/requests/contract'
import type { Principals } from '../policy/principal.ts'

/** The inputs of a request as one validator has passed them. */
export interface CheckedInputs {
  readonly by: object
  readonly values: object
}

/**
 * What this package knows of a request: its part of the record. Fields only, since the copy that
 * reads it may be of another version than the one that made it.
 */
export class RequestState implements RequestPart {
  principals: Principals = []
  /** What the guard that let it in last protects. */
  operation: object | undefined = undefined
  /** What that guard wants beside the response. */
  beside: Readonly<Record<string, string>> | undefined = undefined
  /** What each validator has made of the inputs. */
  inputs: readonly CheckedInputs[] = []
  /** The way through a router of Express that the request is on. */
  passage: object | undefined = undefined
  /** The way that began last. */
  latestPassage: object | undefined = undefined
  /** Nothing to do at the end of a request. */
  declare readonly ended?: never
}

export function stateOf(record: RequestRecord): RequestState {
  record.security ??= new RequestState()
  return record.security as RequestState
}
