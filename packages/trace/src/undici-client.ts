import type { Span } from '@opentelemetry/api'
import { activeContext, currentTracer, injectInto, KIND, STATUS_ERROR, withSpan } from './api.ts'
import { listen } from './channels.ts'
import { clientAttributes, clientName } from './client.ts'
import { isSuppressed } from './context.ts'
import * as semconv from './semconv.ts'
import { recordError } from './span.ts'

/** What undici and the `fetch` in Node put on their channels. */
interface UndiciRequest {
  readonly method: string
  readonly origin: string | URL
  readonly path: string
  /** Name, value, name, value … (undici 6 and later), or header lines (5). */
  readonly headers: string | readonly (string | readonly string[])[]
  addHeader(name: string, value: string): void
}

/** Client spans for undici and `fetch`, from undici's own diagnostics channels. Returns what removes them. */
export function watchUndici(): () => void {
  const spans = new WeakMap<UndiciRequest, Span>()

  const created = (message: unknown) => {
    const { request } = message as { request: UndiciRequest }
    const parent = activeContext()
    if (isSuppressed(parent)) return
    const span = currentTracer().startSpan(
      clientName(request.method),
      { kind: KIND.client, attributes: attributesOf(request) },
      parent,
    )
    injectInto(withSpan(parent, span), request, {
      set: (target, name, value) => {
        if (!hasHeader(target, name)) target.addHeader(name, value)
      },
    })
    if (span.isRecording()) spans.set(request, span)
  }
  const answered = (message: unknown) => {
    const { request, response } = message as {
      request: UndiciRequest
      response: { statusCode: number }
    }
    const span = spans.get(request)
    if (span === undefined) return
    span.setAttribute(semconv.HTTP_RESPONSE_STATUS_CODE, response.statusCode)
    if (response.statusCode < 400) return
    span.setAttribute(semconv.ERROR_TYPE, String(response.statusCode))
    span.setStatus({ code: STATUS_ERROR })
  }
  const finished = (message: unknown) => {
    const { request, error } = message as { request: UndiciRequest; error?: unknown }
    const span = spans.get(request)
    if (span === undefined) return
    spans.delete(request)
    if (error !== undefined) recordError(span, error)
    span.end()
  }

  return listen([
    ['undici:request:create', created],
    ['undici:request:headers', answered],
    ['undici:request:trailers', finished],
    ['undici:request:error', finished],
  ])
}

function attributesOf(request: UndiciRequest): ReturnType<typeof clientAttributes> {
  try {
    return clientAttributes(request.method, new URL(request.path, request.origin))
  } catch {
    return { [semconv.HTTP_REQUEST_METHOD]: semconv.knownMethod(request.method) }
  }
}

/** Somebody has injected a context by hand already: two of these headers would make both invalid. */
function hasHeader(request: UndiciRequest, name: string): boolean {
  const { headers } = request
  if (typeof headers === 'string') return new RegExp(`(?:^|\\n)${name}:`, 'i').test(headers)
  return (
    Array.isArray(headers) &&
    headers.some((entry, at) => at % 2 === 0 && String(entry).toLowerCase() === name)
  )
}
