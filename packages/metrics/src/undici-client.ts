import { listen } from './channels.ts'
import type { Begin, Call, Target } from './client.ts'
import { isQuiet } from './quiet.ts'

/** What undici and the `fetch` in Node put on their channels. */
interface UndiciRequest {
  readonly method: string
  readonly origin: string | URL
}

/** Requests of undici and `fetch`, from undici's own diagnostics channels. Returns what ends it. */
export function watchUndici(begin: Begin): () => void {
  const calls = new WeakMap<UndiciRequest, Call>()

  const created = (message: unknown) => {
    const { request } = message as { request: UndiciRequest }
    const target = isQuiet() ? undefined : targetOf(request.origin)
    if (target !== undefined) calls.set(request, begin(request.method, target))
  }
  const answered = (message: unknown) => {
    const { request, response } = message as {
      request: UndiciRequest
      response: { readonly statusCode: number }
    }
    const call = calls.get(request)
    if (call !== undefined) call.status = response.statusCode
  }
  const finished = (message: unknown) => {
    const { request, error } = message as { request: UndiciRequest; error?: unknown }
    const call = calls.get(request)
    if (call === undefined) return
    calls.delete(request)
    call.error = error
    call.end()
  }

  return listen([
    ['undici:request:create', created],
    ['undici:request:headers', answered],
    ['undici:request:trailers', finished],
    ['undici:request:error', finished],
  ])
}

// The origin of a pool is one string for all its requests: it is read once.
const MAX_KNOWN = 1000
const known = new Map<string, Target>()

function targetOf(origin: string | URL): Target | undefined {
  const text = String(origin)
  let target = known.get(text)
  if (target === undefined) {
    try {
      const { hostname, port, protocol } = new URL(text)
      target = { host: hostname, port: Number(port) || (protocol === 'https:' ? 443 : 80) }
    } catch {
      return undefined
    }
    if (known.size >= MAX_KNOWN) known.clear()
    known.set(text, target)
  }
  return target
}
