import type { IncomingMessage, ServerResponse } from 'node:http'
import { findRecord, type RequestPart, type RequestRecord } from '@clew/internal/requests/record'
import { pathOf } from '@clew/internal/requests/target'
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

// The part may be of another copy of this package: the ESM and the CommonJS one share the records.
function requestOf(req: IncomingMessage): ActiveRequest | undefined {
  return findRecord(req)?.server as ActiveRequest | undefined
}

/**
 * A signal for the work done on behalf of this request. It aborts if the client disconnects before
 * the response is complete (`ERR_SERVER_CLIENT_GONE`), and shortly before a shutdown cuts the
 * request (`ERR_SERVER_CLOSING`). With Fastify pass `request.raw`, with Koa `ctx.req`. A request
 * that no Clew server handles has a signal that never aborts.
 */
export function signal(req: IncomingMessage): AbortSignal {
  return requestOf(req)?.signal ?? new AbortController().signal
}

/** Why this request was aborted, if somebody holds its signal and `error` is the consequence. */
export function abortBehind(req: IncomingMessage, error: unknown): 'closing' | 'gone' | undefined {
  const reason = requestOf(req)?.abortReason
  if (reason === undefined) return undefined
  const isConsequence =
    error === reason || (error as { name?: unknown } | null)?.name === 'AbortError'
  if (!isConsequence) return undefined
  return reason.code === 'ERR_SERVER_CLOSING' ? 'closing' : 'gone'
}

const maxPathLength = 200

/** The path for logs and reports: without query and fragment, at most 200 characters. */
export function shownPath(req: IncomingMessage): string {
  const path = pathOf(req)
  const end = path.indexOf('#')
  return (end < 0 ? path : path.slice(0, end)).slice(0, maxPathLength)
}
