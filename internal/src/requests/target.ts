import type { IncomingMessage } from 'node:http'

/**
 * The request target, without the scheme and the authority that clients send to proxies (RFC 9112,
 * 3.2.2). Express strips the mount path from `req.url`.
 */
export function targetOf(req: IncomingMessage): string {
  const { originalUrl } = req as { readonly originalUrl?: unknown }
  const target = typeof originalUrl === 'string' ? originalUrl : (req.url ?? '/')
  return target.startsWith('/') ? target : originFormOf(target)
}

/** `*` and the authority of CONNECT have no path, and stay as they are. */
function originFormOf(target: string): string {
  const start = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i.exec(target)?.[0]
  if (start === undefined) return target
  const rest = target.slice(start.length)
  return rest.startsWith('/') ? rest : `/${rest}`
}

/** The path of the request target, without the query, which may hold secrets. */
export function pathOf(req: IncomingMessage): string {
  const target = targetOf(req)
  const at = target.indexOf('?')
  return at < 0 ? target : target.slice(0, at)
}
