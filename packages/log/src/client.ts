import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { optionError } from './errors.ts'
import { ERROR, INFO } from './level.ts'
import { redactUrl } from './redaction.ts'
import type { LoggerState, Root } from './root.ts'
import type { Scope } from './scope.ts'

/** Options of `client`. */
export interface ClientOptions {
  /** Which answers are errors. A request without an answer always is. @defaultValue status 500 and above */
  readonly isError?: (status: number) => boolean
  /** Requests without a line, by their URL, such as those of telemetry. */
  readonly skip?: (url: string) => boolean
}

// What undici publishes: https://github.com/nodejs/undici/blob/main/docs/docs/api/DiagnosticsChannel.md
interface Message {
  readonly request: object & {
    readonly method?: string
    readonly origin?: string | URL
    readonly path?: string
  }
  readonly response?: { readonly statusCode?: number }
  readonly error?: unknown
}

interface Call {
  readonly scope: Scope | undefined
  readonly method: string
  readonly url: string
  readonly startMs: number
  status: number
}

/** Roots that watch already: a second subscription would write each line twice. */
const watching = new WeakSet<Root>()

/** Logs the requests that fetch and undici make, in the scope that they are made in. */
export function watchClient(
  root: Root,
  from: LoggerState,
  options: ClientOptions = {},
): () => void {
  const { isError = (status: number) => status >= 500, skip } = options
  for (const [name, value] of Object.entries({ isError, skip })) {
    if (value !== undefined && typeof value !== 'function') {
      throw optionError(name, 'a function', value)
    }
  }
  if (watching.has(root)) return () => {}
  watching.add(root)
  const calls = new WeakMap<object, Call>()

  const begin = ({ request }: Message) => {
    const url = `${request.origin ?? ''}${request.path ?? ''}`
    if (skip?.(url)) return
    calls.set(request, {
      scope: root.scope(),
      method: request.method ?? 'GET',
      url: redactUrl(url),
      startMs: performance.now(),
      status: 0,
    })
  }
  const answer = ({ request, response }: Message) => {
    const call = calls.get(request)
    if (call !== undefined) call.status = response?.statusCode ?? 0
  }
  const end = ({ request, error }: Message) => {
    const call = calls.get(request)
    if (call === undefined) return
    calls.delete(request)
    const failed = error !== undefined || isError(call.status)
    const fields: Record<string, unknown> = { 'http.method': call.method, 'http.url': call.url }
    if (call.status !== 0) fields['http.status'] = call.status
    fields['http.time_ms'] = Math.round(performance.now() - call.startMs)
    const severity = failed ? ERROR : INFO
    // Answers are read in the context of the connection: the scope is that of the call.
    root.record(from, call.scope, severity, 'finished client HTTP request', fields, error, false)
  }

  const listeners = [
    ['undici:request:create', begin],
    ['undici:request:headers', answer],
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
