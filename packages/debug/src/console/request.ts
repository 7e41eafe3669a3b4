import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Origin } from '../sessions/sessions.ts'

/** A request that was let in. */
export interface DebugRequest {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  /** The path below `/debug/`. */
  readonly path: string
  readonly query: URLSearchParams
  readonly origin: Origin
  /** The actor that the guard named. It wins over what the client says. */
  readonly guardedActor: string | undefined
}

export type Handle = (request: DebugRequest) => void | Promise<void>

/**
 * The path below `/debug/`, also if a router has cut `/debug` off; undefined if the request is not
 * for the console.
 */
export function pathBelowDebug(req: IncomingMessage): string | undefined {
  const [path = '/'] = (req.url ?? '/').split('?')
  if (path === '/debug') return ''
  if (path.startsWith('/debug/')) return path.slice('/debug/'.length)
  const { baseUrl } = req as { readonly baseUrl?: unknown }
  return typeof baseUrl === 'string' && baseUrl.endsWith('/debug') ? path.slice(1) : undefined
}

export function queryOf(req: IncomingMessage): URLSearchParams {
  return new URLSearchParams((req.url ?? '').split('?')[1] ?? '')
}
