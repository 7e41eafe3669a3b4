import { type CallObserver, type CallVerdict, isAbortError } from './call.ts'
import { listen } from './channels.ts'
import { OpenBodies, type OpenBody } from './open-bodies.ts'

/**
 * What undici and Node's `fetch` publish:
 * https://github.com/nodejs/undici/blob/main/docs/docs/api/DiagnosticsChannel.md
 */
export interface UndiciRequest {
  readonly method: string
  readonly origin: string | URL
  readonly path: string
  readonly body?: unknown
  /** The protocol that the request asks to switch to. */
  readonly upgrade?: unknown
  /** Alternating names and values (undici 6 and later), or header lines (undici 5). */
  readonly headers: string | readonly (string | readonly string[])[]
  addHeader(name: string, value: string): void
}

interface Message {
  readonly request: UndiciRequest
}

/** The part of a socket that is used. */
interface SocketLike {
  readonly bytesRead?: number
  readonly destroyed?: boolean
  on?(event: 'removeListener', listener: (event: string) => void): unknown
  off?(event: 'removeListener', listener: (event: string) => void): unknown
}

/** One request that is observed. */
class Call implements OpenBody {
  readonly observer: CallObserver
  /** Whether the request was sent with its whole body. */
  sent: boolean
  status: number | undefined = undefined
  private readonly request: UndiciRequest
  private readonly end: (call: Call, verdict: CallVerdict) => void
  private socket: SocketLike | undefined = undefined
  private readonly isUpgrade: boolean

  constructor(
    request: UndiciRequest,
    observer: CallObserver,
    end: (call: Call, verdict: CallVerdict) => void,
  ) {
    this.request = request
    this.observer = observer
    this.end = end
    this.sent = request.body === undefined || request.body === null
    this.isUpgrade = request.method === 'CONNECT' || Boolean(request.upgrade)
  }

  received(): number {
    return this.socket?.bytesRead ?? 0
  }

  leave(endedMs: number): void {
    this.end(this, { outcome: 'answered', status: this.status, error: undefined, endedMs })
  }

  sentOn(socket: SocketLike): void {
    this.socket = socket
    if (this.isUpgrade) socket.on?.('removeListener', this.handedOver)
  }

  finished(error: unknown): void {
    const { status } = this
    if (error === undefined) {
      const isUpgraded =
        this.isUpgrade && (status === 101 || (this.request.method === 'CONNECT' && isOk(status)))
      this.end(this, { outcome: isUpgraded ? 'upgraded' : 'answered', status, error })
      return
    }
    const outcome = isAbort(error, this.sent) ? 'aborted' : 'failed'
    // Keep only a reason of the caller's own: an AbortError says no more than the outcome does.
    this.end(this, { outcome, status, error: isAbortError(error) ? undefined : error })
  }

  released(): void {
    this.socket?.off?.('removeListener', this.handedOver)
  }

  /**
   * undici before 7.30 does not report an upgrade. It removes its listeners from the socket when it
   * hands the socket over, or when the socket has closed.
   */
  private readonly handedOver = (event: string): void => {
    if (event !== 'readable') return
    queueMicrotask(() => {
      if (this.socket?.destroyed !== false) return
      const status = this.status ?? (this.request.method === 'CONNECT' ? undefined : 101)
      this.end(this, { outcome: 'upgraded', status, error: undefined })
    })
  }
}

const isOk = (status: number | undefined) => status !== undefined && status >= 200 && status < 300

/**
 * Observes each request of undici and `fetch`. Returns a function that stops it, and ends what is
 * observed of the requests whose bodies are still open.
 * @param begin - called when a request is created; returns undefined to leave it unobserved
 * @param idleMs - for tests
 */
export function watchUndici(
  begin: (request: UndiciRequest) => CallObserver | undefined,
  idleMs?: number,
): () => void {
  const calls = new WeakMap<object, Call>()
  const bodies = new OpenBodies(idleMs)

  const stop = listen({
    'undici:request:create': ({ request }: Message) => {
      const observer = begin(request)
      if (observer === undefined) return
      const end = (call: Call, verdict: CallVerdict) => {
        if (!calls.delete(request)) return
        bodies.delete(call)
        call.released()
        observer.ended(verdict)
      }
      calls.set(request, new Call(request, observer, end))
    },
    'undici:client:sendHeaders': ({ request, socket }: Message & { readonly socket: SocketLike }) =>
      calls.get(request)?.sentOn(socket),
    'undici:request:bodySent': ({ request }: Message) => {
      const call = calls.get(request)
      if (call !== undefined) call.sent = true
    },
    'undici:request:headers': ({
      request,
      response,
    }: Message & { readonly response: { statusCode: number; headers?: readonly unknown[] } }) => {
      const call = calls.get(request)
      if (call === undefined) return
      call.status = response.statusCode
      bodies.add(call)
      const { headers = [] } = response
      call.observer.answered?.({ status: response.statusCode, httpVersion: undefined, headers })
    },
    'undici:request:bodyChunkReceived': ({
      request,
      chunk,
    }: Message & { readonly chunk: unknown }) => {
      if (chunk instanceof Uint8Array) calls.get(request)?.observer.chunk?.(chunk)
    },
    'undici:request:trailers': ({ request }: Message) => calls.get(request)?.finished(undefined),
    'undici:request:error': ({ request, error }: Message & { readonly error: unknown }) =>
      calls.get(request)?.finished(error),
  })
  return () => {
    stop()
    bodies.close()
  }
}

/**
 * Whether the caller gave up. `abort(reason)` makes any value the error, so this goes by
 * elimination: errors of undici, the system and timeouts have a code, and a request body that
 * cannot be read fails before it is fully sent.
 */
function isAbort(error: unknown, sent: boolean): boolean {
  if (typeof error !== 'object' || error === null || isAbortError(error)) return true
  return sent && !('code' in error)
}
