import type { ServerResponse } from 'node:http'
import type { ServerHttp2Session } from 'node:http2'
import type { RequestPart, RequestRecord } from '@clew/internal/requests/contract'
import type { Verdict } from '@clew/internal/requests/verdict'
import { ServerError } from '../errors.ts'
import type { Connection, OpenRequest } from './connection.ts'
import { endStream, isEventSource } from './event-stream.ts'
import { closeWhenLast } from './last-response.ts'

/** Whoever counts the requests: told once of the end of each. */
export interface RequestOwner {
  /** Aborts when draining begins. */
  readonly draining: AbortSignal
  ended(request: ActiveRequest, verdict: Verdict): void
  /** Its handler works on behind the response. */
  leave(request: ActiveRequest): void
  /** Work passed to `waitUntil` has been rejected. */
  workFailed(request: ActiveRequest, error: unknown): void
  /** What was left is done. */
  settled(request: ActiveRequest): void
}

/**
 * A request in flight: the field `server` of its record. A class without closures and with few
 * fields, since one is made for each request.
 */
export class ActiveRequest implements RequestPart, OpenRequest {
  readonly record: RequestRecord
  readonly res: ServerResponse
  readonly connection: Connection
  previous: OpenRequest | undefined = undefined
  next: OpenRequest | undefined = undefined
  hasSaidClose = false
  /** Its own limit for the body, instead of `timeouts.readMs`. */
  readMs: number | undefined = undefined
  /** Its own limit for the beginning of the answer, instead of `timeouts.handlerMs`. */
  handlerMs: number | undefined = undefined
  /** Since when the handler has not waited for the client; undefined: since the start. */
  handlingSince: number | undefined = undefined
  /** It counts as load. */
  isWeighed = false
  /** Since when the body has made no progress; undefined until the read guard has looked. */
  reading: { sinceMs: number; bytes: number } | undefined = undefined
  /** Since when its response has been waiting for the client; undefined unless HTTP/2. */
  sending: { sinceMs: number; bytes: number; waiting: number } | undefined = undefined
  /** Work that has not ended: promises that the handler returned, or passed to `waitUntil`. */
  private working = 0
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

  get draining(): AbortSignal {
    return this.owner.draining
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

  workBegins(): void {
    this.working++
    if (this.working === 1 && this.record.verdict !== undefined) this.owner.leave(this)
  }

  workEnds(): void {
    this.working--
    if (this.working === 0 && this.record.verdict !== undefined) this.owner.settled(this)
  }

  workFailed(error: unknown): void {
    this.owner.workFailed(this, error)
  }

  /** Tells whoever holds the signal: without a reason, that the deadline of the shutdown is near. */
  abort(reason?: ServerError): void {
    if (this.controller?.signal.aborted) return
    this.controller ??= new AbortController()
    this.controller.abort(
      reason ??
        new ServerError(
          'ERR_SERVER_CLOSING',
          'the server is shutting down and the deadline is near',
        ),
    )
  }

  /** If its header has not been sent: the connection ends with it, unless another request follows. */
  closeConnection(): void {
    const { connection, res } = this
    if (connection.session !== undefined) {
      leaveSession(connection.session)
      return
    }
    if (res.headersSent) return
    const opensStream = this.owner.draining.aborted && isEventSource(this.record.req)
    closeWhenLast(
      res,
      () => connection.requests.last === this,
      () => {
        this.hasSaidClose = true
        if (opensStream && res.statusCode === 200) endStream(res)
      },
    )
  }

  ended(_record: RequestRecord, verdict: Verdict): void {
    this.owner.ended(this, verdict)
    if (this.working > 0) this.owner.leave(this)
    this.abortIfUnanswered(verdict)
  }

  private abortIfUnanswered(verdict: Verdict | undefined): void {
    if (verdict === undefined || verdict.outcome === 'answered') return
    this.controller?.abort(
      new ServerError('ERR_SERVER_CLIENT_GONE', 'the client closed the connection'),
    )
  }
}

/**
 * Lets its client send further requests elsewhere, while those begun end. In a later turn: Node says
 * which was the last one, and those that have arrived with it count.
 */
function leaveSession(session: ServerHttp2Session): void {
  setImmediate(() => {
    if (!session.closed && !session.destroyed) session.close()
  })
}
