import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Span } from '@opentelemetry/api'
import { activeContext, currentTracer, injectInto, KIND, STATUS_ERROR, withSpan } from './api.ts'
import { listen } from './channels.ts'
import { clientAttributes, clientName } from './client.ts'
import { isSuppressed } from './context.ts'
import * as semconv from './semconv.ts'
import { recordError } from './span.ts'

/**
 * Client spans for node:http and node:https, from Node's diagnostics channels. Returns what removes them.
 * The channel that comes early enough to add a header exists since Node 22.12; before, the span is made and {@link inject} is by hand.
 */
export function watchNodeHttp(): () => void {
  const seen = new WeakSet<ClientRequest>()
  const spans = new WeakMap<ClientRequest, Span>()

  const begun = (message: unknown) => {
    const { request } = message as { request: ClientRequest }
    if (seen.has(request)) return
    seen.add(request)
    const parent = activeContext()
    if (isSuppressed(parent)) return
    const span = currentTracer().startSpan(
      clientName(request.method),
      { kind: KIND.client, attributes: attributesOf(request) },
      parent,
    )
    if (!request.headersSent) {
      injectInto(withSpan(parent, span), request, {
        set: (target, name, value) => {
          if (!target.hasHeader(name)) target.setHeader(name, value)
        },
      })
    }
    if (!span.isRecording()) return
    spans.set(request, span)
    request.once('close', () => span.end())
  }
  const answered = (message: unknown) => {
    const { request, response } = message as { request: ClientRequest; response: IncomingMessage }
    const span = spans.get(request)
    const status = response.statusCode
    if (span === undefined || status === undefined) return
    span.setAttribute(semconv.HTTP_RESPONSE_STATUS_CODE, status)
    span.setAttribute(semconv.NETWORK_PROTOCOL_VERSION, response.httpVersion)
    if (status < 400) return
    span.setAttribute(semconv.ERROR_TYPE, String(status))
    span.setStatus({ code: STATUS_ERROR })
  }
  const failed = (message: unknown) => {
    const { request, error } = message as { request: ClientRequest; error: unknown }
    const span = spans.get(request)
    if (span !== undefined) recordError(span, error)
  }

  return listen([
    ['http.client.request.created', begun],
    ['http.client.request.start', begun],
    ['http.client.response.finish', answered],
    ['http.client.request.error', failed],
  ])
}

function attributesOf(request: ClientRequest): ReturnType<typeof clientAttributes> {
  const authority = String(request.getHeader('host') ?? request.host)
  try {
    return clientAttributes(
      request.method,
      new URL(request.path, `${request.protocol}//${authority}`),
    )
  } catch {
    return { [semconv.HTTP_REQUEST_METHOD]: semconv.knownMethod(request.method) }
  }
}
