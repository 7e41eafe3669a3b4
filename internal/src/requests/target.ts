import type { IncomingMessage } from 'node:http'

/** The request target as the client sent it: Express strips the mount path from `req.url`. */
export function targetOf(req: IncomingMessage): string {
  const { originalUrl } = req as { readonly originalUrl?: unknown }
  return typeof originalUrl === 'string' ? originalUrl : (req.url ?? '/')
}

/** The path of the request target, without the query, which may hold secrets. */
export function pathOf(req: IncomingMessage): string {
  const target = targetOf(req)
  const at = target.indexOf('?')
  return at < 0 ? target : target.slice(0, at)
}
