import { type CallObserver, isAbortError } from './call.ts'
import { listen } from './channels.ts'

/**
 * What undici and Node's `fetch` publish:
 * https://github.com/nodejs/undici/blob/main/docs/docs/api/DiagnosticsChannel.md
 */
export interface UndiciRequest {
  readonly method: string
  readonly origin: string | URL
  readonly path: string
  readonly body?: unknown
  /** Alternating names and values (undici 6 and later), or header lines (undici 5). */
  readonly headers: string | readonly (string | readonly string[])[]
  addHeader(name: string, value: string): void
}

interface Message {
  readonly request: UndiciRequest
}

interface Call {
  readonly observer: CallObserver
  /** Whether the request was sent with its whole body. */
  sent: boolean
  status: number | undefined
}

/**
 * Observes each request of undici and `fetch`. Returns a function that stops it.
 * @param begin - called when a request is created; returns undefined to leave it unobserved
 */
export function watchUndici(
  begin: (request: UndiciRequest) => CallObserver | undefined,
): () => void {
  const calls = new WeakMap<object, Call>()

  const end = ({ request, error }: Message & { readonly error?: unknown }) => {
    const call = calls.get(request)
    if (call === undefined) return
    calls.delete(request)
    const { observer, status, sent } = call
    const outcome = error === undefined ? 'answered' : isAbort(error, sent) ? 'aborted' : 'failed'
    // Keep only a reason of the caller's own: an AbortError says no more than the outcome does.
    observer.ended({ outcome, status, error: isAbortError(error) ? undefined : error })
  }

  return listen({
    'undici:request:create': ({ request }: Message) => {
      const observer = begin(request)
      if (observer === undefined) return
      const sent = request.body === undefined || request.body === null
      calls.set(request, { observer, sent, status: undefined })
    },
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
      const { headers = [] } = response
      call.observer.answered?.({ status: response.statusCode, httpVersion: undefined, headers })
    },
    'undici:request:bodyChunkReceived': ({
      request,
      chunk,
    }: Message & { readonly chunk: unknown }) => {
      if (chunk instanceof Uint8Array) calls.get(request)?.observer.chunk?.(chunk)
    },
    'undici:request:trailers': end,
    'undici:request:error': end,
  })
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
