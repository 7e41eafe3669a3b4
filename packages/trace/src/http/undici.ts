import { type UndiciRequest, watchUndici } from '@clew/internal/clients/undici'
import type { RequestSetter } from '../propagation/propagator.ts'
import { authorityOf, openClientSpan } from './client-span.ts'

/** Makes client spans for undici and `fetch`. Returns a function that stops it. */
export function traceUndici(): () => void {
  return watchUndici((request) =>
    openClientSpan({ method: request.method, url: urlOf(request) }, request, setter),
  )
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
    return method === 'CONNECT' ? authorityOf(path) : new URL(path, origin)
  } catch {
    return undefined
  }
}
