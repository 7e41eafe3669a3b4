import type { ServerResponse } from 'node:http'
import type { RequestPart, RequestRecord } from '@clew/internal/requests/record'
import type { Verdict } from '@clew/internal/requests/verdict'
import { ServerError } from '../errors.ts'
import type { Connection } from './connection.ts'

/** Whoever counts the requests: told once of the end of each. */
export interface RequestOwner {
  ended(request: ActiveRequest, verdict: Verdict): void
}

/**
 * A request in flight: the field `server` of its record. A class without closures and with few
 * fields, since one is made for each request.
 */
export class ActiveRequest implements RequestPart {
  readonly record: RequestRecord
  readonly res: ServerResponse
  readonly connection: Connection
  private readonly owner: RequestOwner
  private controller: AbortController | undefined = undefined

  constructor(
    record: RequestRecord,
    res: ServerResponse,
    connection: Connection,
    owner: RequestOwner,
  ) {
    this.record = record
    this.res = res
    this.connection = connection
    this.owner = owner
  }

  /** Created on first use: most requests never need it. */
  get signal(): AbortSignal {
    if (this.controller === undefined) {
      this.controller = new AbortController()
      this.abortIfUnanswered(this.record.verdict)
    }
    return this.controller.signal
  }

  /** Why the signal is aborted; undefined if it is not, or if nobody has it. */
  get abortReason(): ServerError | undefined {
    return this.controller?.signal.reason
  }

  /** Tells whoever holds the signal that the deadline of the shutdown is near. */
  abort(): void {
    this.controller ??= new AbortController()
    this.controller.abort(
      new ServerError('ERR_SERVER_CLOSING', 'the server is shutting down and the deadline is near'),
    )
  }

  ended(_record: RequestRecord, verdict: Verdict): void {
    this.owner.ended(this, verdict)
    this.abortIfUnanswered(verdict)
  }

  private abortIfUnanswered(verdict: Verdict | undefined): void {
    if (verdict === undefined || verdict.outcome === 'answered') return
    this.controller?.abort(
      new ServerError('ERR_SERVER_CLIENT_GONE', 'the client closed the connection'),
    )
  }
}
