import type { ClientRequest } from 'node:http'
import { watchNodeHttp } from '@clew/internal/clients/node-http'
import type { TextMapSetter } from '@opentelemetry/api'
import { openClientSpan } from './client-span.ts'

/**
 * Makes client spans for node:http and node:https. Returns a function that stops it. Before Node
 * 22.12 it is too late to add headers when Node announces a request: {@link inject} has to be
 * called by hand.
 */
export function traceNodeHttp(): () => void {
  return watchNodeHttp((request) =>
    openClientSpan({ method: request.method, url: urlOf(request) }, request, setter),
  )
}

const setter: TextMapSetter<ClientRequest> = {
  set(request, name, value) {
    if (!request.headersSent && !request.hasHeader(name)) request.setHeader(name, value)
  },
}

function urlOf(request: ClientRequest): URL | undefined {
  const authority = String(request.getHeader('host') ?? request.host)
  try {
    return new URL(request.path, `${request.protocol}//${authority}`)
  } catch {
    return undefined
  }
}
