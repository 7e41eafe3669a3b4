import { type UndiciRequest, watchUndici } from '@clew/internal/clients/undici'
import type { RequestSetter } from '../propagation/propagator.ts'
import { openClientSpan, targetOf } from './client-span.ts'
import { reportForeign } from './foreign.ts'

/**
 * Makes client spans for undici and `fetch`. Returns a function that stops it. It also stops by
 * itself when another instrumentation is found that puts its context into the same requests: with two
 * `traceparent` headers, neither would be valid.
 */
export function traceUndici(): () => void {
  let hasStopped = false
  const stop = watchUndici((request) => {
    if (hasStopped) return undefined
    const span = openClientSpan({ method: request.method, url: urlOf(request) }, request, setter)
    // Before the request is written, unless it goes out on a connection that is open already.
    queueMicrotask(() => {
      if (hasStopped || !removeFirst(request, 'traceparent')) return
      hasStopped = true
      reportForeign('another instrumentation', 'calls of undici and fetch')
    })
    return span
  })
  return stop
}

/** Removes the first of several headers of a name; the later ones are of who subscribed later. */
function removeFirst(request: UndiciRequest, name: string): boolean {
  const headers = request.headers as unknown[]
  if (!Array.isArray(headers)) return false
  const is = (header: unknown, at: number) =>
    at % 2 === 0 && typeof header === 'string' && header.toLowerCase() === name
  const first = headers.findIndex(is)
  if (first < 0 || headers.findLastIndex(is) === first) return false
  headers.splice(first, 2)
  return true
}

const setter: RequestSetter<UndiciRequest> = {
  set(request, name, value) {
    request.addHeader(name, value)
  },
  has({ headers }, names) {
    return typeof headers === 'string'
      ? headers.split('\r\n').some((line) => names.includes(nameOf(line)))
      : headers.some((name, at) => at % 2 === 0 && names.includes(String(name).toLowerCase()))
  },
  remove(request, names) {
    const { headers } = request
    if (typeof headers === 'string') {
      const lines = headers.split('\r\n')
      const kept = lines.filter((line) => !names.includes(nameOf(line)))
      if (kept.length < lines.length) Object.assign(request, { headers: kept.join('\r\n') })
    } else {
      // The array is undici's own: it is made of what the caller gave.
      const own = headers as unknown[]
      for (let at = own.length - 2; at >= 0; at -= 2) {
        if (names.includes(String(own[at]).toLowerCase())) own.splice(at, 2)
      }
    }
  },
}

const nameOf = (line: string) => line.slice(0, line.indexOf(':')).toLowerCase()

function urlOf({ method, path, origin }: UndiciRequest): URL | undefined {
  try {
    return method === 'CONNECT' ? targetOf(path) : new URL(path, origin)
  } catch {
    return undefined
  }
}
