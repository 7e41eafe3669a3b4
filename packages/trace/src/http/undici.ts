import { type UndiciRequest, watchUndici } from '@clew/internal/clients/undici'
import type { TextMapSetter } from '@opentelemetry/api'
import { openClientSpan } from './client-span.ts'

/** Makes client spans for undici and `fetch`. Returns a function that stops it. */
export function traceUndici(): () => void {
  return watchUndici((request) =>
    openClientSpan({ method: request.method, url: urlOf(request) }, request, setter),
  )
}

const setter: TextMapSetter<UndiciRequest> = {
  set(request, name, value) {
    if (!hasHeader(request, name)) request.addHeader(name, value)
  },
}

function urlOf({ path, origin }: UndiciRequest): URL | undefined {
  try {
    return new URL(path, origin)
  } catch {
    return undefined
  }
}

/** Whether a context has been injected by hand: with two such headers, neither would be valid. */
function hasHeader({ headers }: UndiciRequest, name: string): boolean {
  if (typeof headers === 'string') return new RegExp(`(?:^|\\n)${name}:`, 'i').test(headers)
  return (
    Array.isArray(headers) &&
    headers.some((entry, at) => at % 2 === 0 && String(entry).toLowerCase() === name)
  )
}
