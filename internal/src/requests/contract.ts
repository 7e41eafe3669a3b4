import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Frame } from './frame.ts'
import type { Verdict } from './verdict.ts'

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
  /** The listeners of the request and of its response run in the frame, since `run` was called. */
  readonly isBound: boolean
  /** How many listeners for the end of the request's body are Node's own, which need no context. */
  readonly ownEndListeners: number
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
