import type { IncomingMessage, ServerResponse } from 'node:http'
import { topicOf } from '../observers/topic.ts'
import { monotonicMs } from '../time/clock.ts'
import { type ConnectionRequests, type OnConnection, requestsOn } from './connection.ts'
import type { Operation, RequestPart, RequestRecord } from './contract.ts'
import { bindListeners, type Emitting, hearEnd } from './emissions.ts'
import { slotOf } from './express-prototypes.ts'
import { Frame, frames, withLog, withTrace } from './frame.ts'
import { bytesOf, endingOf, isLengthKnown, isWhole } from './response.ts'
import { findRecord, recordKey } from './slot.ts'
import { isFailure, type Outcome, type Verdict } from './verdict.ts'

// For who looks on: each record whose response is watched, and again when it has ended.
const started = topicOf<RequestRecord>('request.started')
const ended = topicOf<RequestRecord>('request.ended')

/** The record of a request, created if there is none. */
export function recordOf(req: IncomingMessage): RequestRecord {
  const existing = findRecord(req)
  if (existing !== undefined) return existing
  const record = new LiveRecord(req)
  slotOf(req)[recordKey] = record
  return record
}

// `private`, not `#`: V8 defines each `#` field separately for each request.
class LiveRecord implements Emitting, OnConnection {
  readonly req: IncomingMessage
  res: ServerResponse | undefined = undefined
  readonly startMs: number = monotonicMs()
  readonly frame: Frame = new Frame(undefined, undefined, this)
  route: string | undefined = undefined
  operation: Operation | undefined = undefined
  error: unknown = undefined
  cause: 'cut' | 'timed_out' | undefined = undefined
  admitted: { readonly actor: string | undefined } | undefined = undefined
  verdict: Verdict | undefined = undefined
  around: (<T>(fn: () => T) => T) | undefined = undefined
  server: RequestPart | undefined = undefined
  log: RequestPart | undefined = undefined
  metrics: RequestPart | undefined = undefined
  trace: RequestPart | undefined = undefined
  security: RequestPart | undefined = undefined
  debug: RequestPart | undefined = undefined
  previous: OnConnection | undefined = undefined
  next: OnConnection | undefined = undefined
  isBound = false
  emit: Emitting['emit'] = undefined
  emitOfResponse: Emitting['emitOfResponse'] = undefined
  ownEndListeners = 0
  private connection: ConnectionRequests | undefined = undefined
  private sentBefore = 0

  constructor(req: IncomingMessage) {
    this.req = req
  }

  watch(res: ServerResponse, part: RequestPart): void {
    if (this.res !== undefined) {
      if (this.verdict !== undefined) queueMicrotask(() => this.tell(part))
      return
    }
    this.res = res
    const { req } = this
    const { socket } = req
    if (socket && req.httpVersionMajor < 2) {
      this.connection = requestsOn(socket)
      this.connection.open.add(this)
      this.sentBefore = socket.bytesWritten
    }
    hearEnd(this, res, this.connection !== undefined)
    // The connection closed before any middleware ran, so no further event will come.
    if (socket?.closed === true) queueMicrotask(() => this.closed())
    if (started.tell !== undefined) started.tell(this)
  }

  run<T>(fn: () => T): T {
    if (!this.isBound) bindListeners(this)
    const { frame } = this
    if (frames.getStore() === frame) return fn()
    return this.around === undefined
      ? frames.run(frame, fn)
      : this.around(() => frames.run(frame, fn))
  }

  runWith<T>(part: 'trace' | 'log', value: unknown, fn: () => T): T {
    const { frame } = this
    frame[part] = value
    const current = frames.getStore()
    if (current === undefined || current === frame) return this.run(fn)
    if (current.request !== this) {
      const other = part === 'trace' ? 'log' : 'trace'
      frame[other] ??= current[other]
      return this.run(fn)
    }
    if (!this.isBound) bindListeners(this)
    return frames.run(part === 'trace' ? withTrace(value) : withLog(value), fn)
  }

  finished(): void {
    const { req, res } = this
    if (res === undefined) return
    // Node listens itself from now on to a body that nobody has read, on HTTP/1 only.
    if (this.isBound && req.httpVersionMajor < 2 && req.listenerCount('end') === 0) {
      this.ownEndListeners = 1
    }
    this.end(isWhole(req, res))
  }

  closed(): void {
    this.end(false)
  }

  private end(whole: boolean): void {
    const { req, res, connection } = this
    if (this.verdict !== undefined || res === undefined) return
    const { outcome, error } = endingOf(req, res, whole)
    const before = Math.max(this.sentBefore, connection?.sentBytes ?? 0)
    let written: number | undefined
    if (connection !== undefined) {
      connection.open.delete(this)
      // Node counts anew each time it is asked.
      if (connection.open.first !== undefined || !isLengthKnown(res)) {
        written = req.socket.bytesWritten
        connection.sentBytes = written
      }
    }
    this.verdict = new Judgement(
      this,
      outcome === 'answered' || outcome === 'upgraded' ? outcome : (this.cause ?? outcome),
      error,
      whole && written !== undefined ? written - before : undefined,
    )
    this.tell(this.server)
    this.tell(this.log)
    this.tell(this.metrics)
    this.tell(this.trace)
    this.tell(this.security)
    this.tell(this.debug)
    if (ended.tell !== undefined) ended.tell(this)
  }

  private tell(part: RequestPart | undefined): void {
    if (part?.ended === undefined) return
    try {
      part.ended(this, this.verdict as Verdict)
    } catch {
      // An error in one package must not keep the others from being notified.
    }
  }
}

class Judgement implements Verdict {
  readonly outcome: Outcome
  readonly status: number | undefined
  readonly error: unknown
  readonly durationMs: number
  private readonly record: LiveRecord
  private readonly sent: number | undefined

  constructor(record: LiveRecord, outcome: Outcome, error: unknown, sent: number | undefined) {
    const res = record.res as ServerResponse
    this.record = record
    this.outcome = outcome
    this.status = res.headersSent ? res.statusCode : undefined
    // What was noted but answered below 500 is no failure: the status decides.
    this.error = error ?? (isFailure(this) ? record.error : undefined)
    this.durationMs = monotonicMs() - record.startMs
    this.sent = sent
  }

  /** Computed when it is asked for: most requests end without a line that shows it. */
  get bytes(): number | undefined {
    if (this.outcome !== 'answered') return undefined
    const { req, res } = this.record
    return bytesOf(req.method ?? '', res as ServerResponse, this.sent)
  }
}
