import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { checkNames, finite, functionIfGiven } from '../checks.ts'
import { monotonicMs } from '../clock.ts'
import { ERROR, INFO, WARN } from '../level.ts'
import type { LoggerState, Root } from '../root.ts'
import type { Scope } from '../scope/scope.ts'
import { type AnswerBody, collectBody } from './answer-body.ts'

/** Options of `client`. */
export interface ClientOptions {
  /** Which answers are errors. A request without an answer always is. @defaultValue status 500 and above */
  readonly isError?: (status: number) => boolean
  /** Requests without a line, by their URL, such as those of telemetry. */
  readonly skip?: (url: string) => boolean
  /**
   * Most bytes of an error answer's body that its line shows, as `http.body`: text only, redacted, unpacked. 0: none. The application
   * gets it all the same. Needs undici 7.11 or the `fetch` of Node 24. @defaultValue 0
   */
  readonly maxErrorBodyBytes?: number
}

// What undici publishes: https://github.com/nodejs/undici/blob/main/docs/docs/api/DiagnosticsChannel.md
interface Message {
  readonly request: object & {
    readonly method?: string
    readonly origin?: string | URL
    readonly path?: string
    readonly body?: unknown
  }
  readonly response?: {
    readonly statusCode?: number
    /** Names and values by turns. */
    readonly headers?: readonly unknown[]
  }
  readonly chunk?: unknown
  readonly error?: unknown
}

interface Call {
  readonly scope: Scope | undefined
  readonly method: string
  readonly url: string
  readonly startMs: number
  /** Whether it has been sent with all of its body. */
  sent: boolean
  status: number
  failed: boolean
  body: AnswerBody | undefined
  /** Whether the answer has announced a body. */
  hasBody: boolean
  timer: NodeJS.Timeout | undefined
}

// The line of an error does not wait longer for a body that nobody reads.
const patienceMs = 1000

/** Roots that watch already: a second subscription would write each line twice. */
const watching = new WeakSet<Root>()

/** Logs the requests that fetch and undici make, in the scope that they are made in. */
export function watchClient(
  root: Root,
  from: LoggerState,
  options: ClientOptions = {},
): () => void {
  checkNames('client', options, ['isError', 'skip', 'maxErrorBodyBytes'])
  const { isError = (status: number) => status >= 500, skip, maxErrorBodyBytes = 0 } = options
  functionIfGiven('isError', isError)
  functionIfGiven('skip', skip)
  finite('maxErrorBodyBytes', maxErrorBodyBytes, 0)
  if (watching.has(root)) {
    // Whoever watches already has its own options.
    const given = Object.keys(options)
    if (given.length > 0)
      warn('client() watches already: the options of a second one do nothing', given)
    return () => {}
  }
  watching.add(root)
  const calls = new WeakMap<object, Call>()
  let chunksSeen = false

  const begin = ({ request }: Message) => {
    const url = `${request.origin ?? ''}${request.path ?? ''}`
    if (skip?.(url)) return
    calls.set(request, {
      scope: root.scope(),
      method: request.method ?? 'GET',
      url: root.encoding.redaction.url(url),
      startMs: monotonicMs(),
      sent: request.body === undefined || request.body === null,
      status: 0,
      failed: false,
      body: undefined,
      hasBody: false,
      timer: undefined,
    })
  }
  const sent = ({ request }: Message) => {
    const call = calls.get(request)
    if (call !== undefined) call.sent = true
  }
  const answer = ({ request, response }: Message) => {
    const call = calls.get(request)
    if (call === undefined) return
    call.status = response?.statusCode ?? 0
    call.failed = isError(call.status)
    if (!call.failed) return
    if (maxErrorBodyBytes > 0 && call.method !== 'HEAD') {
      const headers = mapOf(response?.headers)
      call.hasBody =
        Number(headers.get('content-length') ?? 0) > 0 || headers.has('transfer-encoding')
      call.body = collectBody(headers, { ...root.encoding, maxBytes: maxErrorBodyBytes })
    }
    call.timer = setTimeout(() => finish(request, call, undefined), patienceMs)
    call.timer.unref()
  }
  const part = ({ request, chunk }: Message) => {
    chunksSeen = true
    if (chunk instanceof Uint8Array) calls.get(request)?.body?.add(chunk)
  }
  const end = ({ request, error }: Message) => {
    const call = calls.get(request)
    if (call === undefined) return
    if (call.hasBody && !chunksSeen && error === undefined) sayOnce()
    finish(request, call, error)
  }

  function finish(request: object, call: Call, error: unknown): void {
    clearTimeout(call.timer)
    calls.delete(request)
    // Who asked does not want the answer any more: that is no failure.
    const aborted = isAbort(error, call.sent)
    const failed = (error !== undefined && !aborted) || call.failed
    const fields: Record<string, unknown> = { 'http.method': call.method, 'http.url': call.url }
    if (call.status !== 0) fields['http.status'] = call.status
    fields['http.time_ms'] = Math.round(monotonicMs() - call.startMs)
    if (aborted) fields['aborted'] = true
    const body = call.body?.read()
    if (body !== undefined) fields['http.body'] = body
    const severity = failed ? ERROR : INFO
    // A reason of its own is shown all the same.
    const err = aborted && nameOf(error) === 'AbortError' ? undefined : error
    // Answers are read in the context of the connection: the scope is that of the call.
    root.record(from, call.scope, severity, 'finished client HTTP request', fields, err, false)
  }

  let said = false
  function sayOnce(): void {
    if (said) return
    said = true
    warn('this version of undici does not tell of bodies: answers are logged without http.body')
  }

  function warn(msg: string, options?: readonly string[]): void {
    root.record(from, undefined, WARN, msg, options && { options }, undefined, true)
  }

  const listeners = [
    ['undici:request:create', begin],
    ['undici:request:bodySent', sent],
    ['undici:request:headers', answer],
    ['undici:request:bodyChunkReceived', part],
    ['undici:request:trailers', end],
    ['undici:request:error', end],
  ] as const
  const safe = listeners.map(([channel, listener]) => {
    const guarded = (message: unknown) => {
      try {
        listener(message as Message)
      } catch {
        // A caller's function failed: the request goes on without a line.
      }
    }
    subscribe(channel, guarded)
    return () => unsubscribe(channel, guarded)
  })
  return () => {
    watching.delete(root)
    for (const stop of safe.splice(0)) stop()
  }
}

function mapOf(headers: readonly unknown[] = []): Map<string, string> {
  const map = new Map<string, string>()
  for (let i = 0; i + 1 < headers.length; i += 2) {
    map.set(String(headers[i]).toLowerCase(), String(headers[i + 1]))
  }
  return map
}

/**
 * Whether the application has given the request up. `abort(reason)` makes the reason the error, whatever it is: errors of undici, of the
 * system and of a time that is up have a code, and that of a body which cannot be read comes before all of it is sent.
 */
function isAbort(error: unknown, sent: boolean): boolean {
  if (error === undefined) return false
  if (typeof error !== 'object' || error === null || nameOf(error) === 'AbortError') return true
  return sent && !('code' in error)
}

function nameOf(error: unknown): unknown {
  return (error as { readonly name?: unknown } | null)?.name
}
