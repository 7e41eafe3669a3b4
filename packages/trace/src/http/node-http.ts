import type { ClientRequest } from 'node:http'
import { watchNodeHttp } from '@clew/internal/clients/node-http'
import type { RequestSetter } from '../propagation/propagator.ts'
import { authorityOf, openClientSpan } from './client-span.ts'

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

const setter: RequestSetter<ClientRequest> = {
  set(request, name, value) {
    if (request.headersSent) rewrite(request, (lines) => [...lines, `${name}: ${value}`])
    else request.setHeader(name, value)
  },
  has(request, names) {
    const { _header: header } = request as { readonly _header?: unknown }
    return typeof header === 'string'
      ? header.split('\r\n').some((line) => names.includes(nameOf(line)))
      : names.some((name) => request.hasHeader(name))
  },
  remove(request, names) {
    if (!request.headersSent) for (const name of names) request.removeHeader(name)
    else rewrite(request, (lines) => lines.filter((line) => !names.includes(nameOf(line))))
  },
}

const nameOf = (line: string) => line.slice(0, line.indexOf(':')).toLowerCase()

/**
 * Headers that are given as an array, such as `rawHeaders` of a request that is passed on, are one
 * text as soon as the request is made. It can be changed until it is sent.
 */
function rewrite(request: ClientRequest, change: (lines: string[]) => string[]): void {
  const internals = request as { _header?: unknown; readonly _headerSent?: unknown }
  const { _header: header, _headerSent: isSent } = internals
  if (typeof header !== 'string' || isSent !== false || !header.endsWith('\r\n\r\n')) return
  const [first = '', ...lines] = header.slice(0, -4).split('\r\n')
  internals._header = `${[first, ...change(lines)].join('\r\n')}\r\n\r\n`
}

/** The server that is called. The `Host` header may be copied from a caller of this service. */
function urlOf(request: ClientRequest): URL | undefined {
  const { method, path, protocol } = request
  const host = (request.host.includes(':') ? `[${request.host}]` : request.host).toLowerCase()
  const header = String(request.getHeader('host') ?? '').toLowerCase()
  // Node keeps the port nowhere else.
  const authority = header.startsWith(`${host}:`) ? header : host
  try {
    return method === 'CONNECT' ? authorityOf(path) : new URL(path, `${protocol}//${authority}`)
  } catch {
    return undefined
  }
}
