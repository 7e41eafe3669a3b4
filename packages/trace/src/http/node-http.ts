import type { ClientRequest } from 'node:http'
import { authorityOf, watchNodeHttp } from '@clew/internal/clients/node-http'
import { reportOnce } from '../context/callback.ts'
import type { RequestSetter } from '../propagation/propagator.ts'
import { openClientSpan, targetOf } from './client-span.ts'

/**
 * Makes client spans for node:http and node:https. Returns a function that stops it. Before Node
 * 22.12 it is too late to change headers when Node announces a request: {@link inject} has to be
 * called by hand, and a context of somebody else that a request passes on is reported.
 */
export function traceNodeHttp(): () => void {
  return watchNodeHttp((request) =>
    openClientSpan({ method: request.method, url: urlOf(request) }, request, setter),
  )
}

const setter: RequestSetter<ClientRequest> = {
  set(request, name, value) {
    if (!request.headersSent) request.setHeader(name, value)
    else if (!rewrite(request, (lines) => [...lines, `${name}: ${value}`])) {
      if (name === 'traceparent' && passesOn(request, value)) reportPassedOn()
    }
  },
  has(request, names) {
    const lines = linesOf(request)
    return lines === undefined
      ? names.some((name) => request.hasHeader(name))
      : lines.some((line) => names.includes(nameOf(line)))
  },
  remove(request, names) {
    if (!request.headersSent) for (const name of names) request.removeHeader(name)
    else rewrite(request, (lines) => lines.filter((line) => !names.includes(nameOf(line))))
  },
}

/** The head of a request that is one text already. */
function linesOf(request: ClientRequest): readonly string[] | undefined {
  const { _header: header } = request as { readonly _header?: unknown }
  return typeof header === 'string' ? header.split('\r\n') : undefined
}

/** Whether a request that is sent carries the context of another trace than that of `traceparent`. */
function passesOn(request: ClientRequest, traceparent: string): boolean {
  const traceOf = (value: string) => /^[\da-f]{2}-([\da-f]{32})-/.exec(value)?.[1]
  const lines = linesOf(request) ?? []
  const headerOf = (name: string) => {
    const line = lines.find((each) => nameOf(each) === name)
    return line?.slice(name.length + 1).trim()
  }
  const sent = headerOf('traceparent')
  if (sent === undefined) return headerOf('baggage') !== undefined
  return traceOf(sent) !== traceOf(traceparent)
}

function reportPassedOn(): void {
  reportOnce('passed on', {
    type: 'trace.context_passed_on',
    level: 'warn',
    message:
      'a request of node:http passes on the trace context of its caller: before Node 22.12, give it headers: trace.inject({ ...headers })',
    fields: {},
  })
}

const nameOf = (line: string) => line.slice(0, line.indexOf(':')).toLowerCase()

/**
 * Headers that are given as an array, such as `rawHeaders` of a request that is passed on, are one
 * text as soon as the request is made. It can be changed until it is sent.
 * @returns whether it could
 */
function rewrite(request: ClientRequest, change: (lines: string[]) => string[]): boolean {
  const internals = request as { _header?: unknown; readonly _headerSent?: unknown }
  const { _header: header, _headerSent: isSent } = internals
  if (typeof header !== 'string' || isSent !== false || !header.endsWith('\r\n\r\n')) {
    return false
  }
  const [first = '', ...lines] = header.slice(0, -4).split('\r\n')
  internals._header = `${[first, ...change(lines)].join('\r\n')}\r\n\r\n`
  return true
}

function urlOf(request: ClientRequest): URL | undefined {
  const { method, path, protocol } = request
  try {
    return method === 'CONNECT'
      ? targetOf(path)
      : new URL(path, `${protocol}//${authorityOf(request)}`)
  } catch {
    return undefined
  }
}
