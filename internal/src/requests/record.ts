import type { IncomingMessage, ServerResponse } from 'node:http'
import { topicOf } from '../observers/topic.ts'
import { monotonicMs } from '../time/clock.ts'
import { type ConnectionRequests, type OnConnection, requestsOn } from './connection.ts'
import { Frame, frames, withLog, withTrace } from './frame.ts'
import { bytesOf, endingOf, isLengthKnown, isWhole } from './response.ts'
import { isFailure, type Outcome, type Verdict } from './verdict.ts'

/** What a package keeps about a request, in its own field of the record. */
export interface RequestPart {
  /** Called once, when the request ends. What it throws is dropped. */
  ended?(record: RequestRecord, verdict: Verdict): void
}

/** The API operation that a request calls. */
export interface Operation {
  readonly service?: string
  readonly method?: string
}

/**
 * What all packages know about one request, created by the first of them and stored under a
 * registered symbol. It is a contract between packages of different versions: fields are added,
 * never changed. ARCHITECTURE.md lists who writes which.
 */
export interface RequestRecord {
  readonly req: IncomingMessage
  /** The response, once a package watches it. */
  readonly res: ServerResponse | undefined
  /** When the record was created, on the clock of `performance.now()`. */
  readonly startMs: number
  /** The asynchronous context of everything after the middleware. */
  readonly frame: Frame
  /** The route template, such as `/orders/:id`. Written by adapters; Express needs no adapter. */
  route: string | undefined
  /** Written by security when a policy is bound. */
  operation: Operation | undefined
  /**
   * The error that the response reports. Written by server and adapters, from what the framework
   * received.
   */
  error: unknown
  /** Why the server ends the request early. Written by server beforehand. */
  cause: 'cut' | 'timed_out' | undefined
  /**
   * Set when the guard of an admin listener has let the request in, with the actor that it named.
   * Written by server, read by debug.
   */
  admitted: { readonly actor: string | undefined } | undefined
  /** How the request ended; undefined while it is in flight. */
  readonly verdict: Verdict | undefined
  /** Wraps each `run` in a context manager other than trace's own. Written by trace. */
  around: (<T>(fn: () => T) => T) | undefined
  // The part of each package. `ended` is called in this order.
  server: RequestPart | undefined
  log: RequestPart | undefined
  metrics: RequestPart | undefined
  trace: RequestPart | undefined
  security: RequestPart | undefined
  debug: RequestPart | undefined
  /**
   * Watches the response and notifies `part`, which must already be in its field, of the end, even
   * if the request has ended before.
   */
  watch(res: ServerResponse, part: RequestPart): void
  /**
   * Runs `fn` in the frame, and from now on the request's listeners too: Node emits its events in
   * the context of the socket.
   */
  run<T>(fn: () => T): T
  /**
   * The same, with a new value in the frame. If code before the caller has opened its own span or
   * scope, that stays active: `fn` then runs in a copy of the current frame.
   */
  runWith<T>(part: 'trace' | 'log', value: unknown, fn: () => T): T
}

const key: unique symbol = Symbol.for('@clew/request/v1') as never
// For who looks on: each record whose response is watched, and again when it has ended.
const started = topicOf<RequestRecord>('request.started')
const ended = topicOf<RequestRecord>('request.ended')
interface Recorded {
  [key]?: RequestRecord
}

/** The record of a request, if a package has created one. */
export function findRecord(req: IncomingMessage): RequestRecord | undefined {
  return (req as Recorded)[key]
}

/** The record of a request, created if there is none. */
export function recordOf(req: IncomingMessage): RequestRecord {
  const existing = (req as Recorded)[key]
  if (existing !== undefined) return existing
  const record = new LiveRecord(req)
  ;(req as Recorded)[key] = record
  return record
}

type Emit = (...args: unknown[]) => boolean

// `private`, not `#`: V8 defines each `#` field separately for each request.
class LiveRecord implements RequestRecord, OnConnection {
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
  /** The original `emit` of the request, once its listeners run in the frame. */
  emit: Emit | undefined = undefined
  /** The original `emit` of the response, once it is watched. */
  emitOfResponse: Emit | undefined = undefined
  /** Listeners for the end of the request's body that are Node's own, which need no context. */
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
    if ((res as { readonly req?: unknown }).req === req) {
      // One shared function, so that all responses keep one shape: a closure or a listener for each
      // would cost more.
      this.emitOfResponse = res.emit as Emit
      res.emit = emitOfResponse as typeof res.emit
    } else {
      res.prependListener('finish', () => this.finished())
      res.on('close', () => this.closed())
    }
    // The connection closed before any middleware ran, so no further event will come.
    if (socket?.closed === true) queueMicrotask(() => this.closed())
    if (started.tell !== undefined) started.tell(this)
  }

  run<T>(fn: () => T): T {
    if (this.emit === undefined) this.bindListeners()
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
    if (this.emit === undefined) this.bindListeners()
    return frames.run(part === 'trace' ? withTrace(value) : withLog(value), fn)
  }

  finished(): void {
    const { req, res } = this
    if (res === undefined) return
    // Node listens itself from now on to a body that nobody has read, on HTTP/1 only.
    if (this.emit !== undefined && req.httpVersionMajor < 2 && req.listenerCount('end') === 0) {
      this.ownEndListeners = 1
    }
    this.end(isWhole(req, res))
  }

  closed(): void {
    this.end(false)
  }

  /** One shared function, as for the response. */
  private bindListeners(): void {
    this.emit = this.req.emit as Emit
    this.req.emit = emitInFrame as typeof this.req.emit
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

/**
 * Notices the end before any listener, Node's own among them: that one starts the next response on
 * the socket, whose bytes must not be counted.
 */
function emitOfResponse(this: ServerResponse, ...args: unknown[]): boolean {
  const record = (this.req as Recorded)[key] as LiveRecord
  if (record.emit !== undefined && frames.getStore() !== record.frame) {
    return emitOfResponseInFrame.apply(this, args)
  }
  if (args[0] === 'finish') record.finished()
  else if (args[0] === 'close') record.closed()
  return (record.emitOfResponse as Emit).apply(this, args)
}

/**
 * Node emits `close` of a response that is aborted in the context of the socket. A function of its
 * own: with the closure in the other one, V8 would make an array of each call's arguments.
 */
function emitOfResponseInFrame(this: ServerResponse, ...args: unknown[]): boolean {
  const record = (this.req as Recorded)[key] as LiveRecord
  const [event] = args
  const isEnd = record.verdict === undefined && (event === 'finish' || event === 'close')
  return isEnd || this.listenerCount(event as string) > 0
    ? record.run(() => emitOfResponse.apply(this, args))
    : (record.emitOfResponse as Emit).apply(this, args)
}

function emitInFrame(this: IncomingMessage & Recorded, ...args: unknown[]): boolean {
  const record = this[key] as LiveRecord
  const emit = record.emit as Emit
  const own = args[0] === 'end' ? record.ownEndListeners : 0
  if (frames.getStore() === record.frame || this.listenerCount(args[0] as string) <= own) {
    return emit.apply(this, args)
  }
  return record.run(() => emit.apply(this, args))
}
