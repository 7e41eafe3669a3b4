import type { IncomingMessage } from 'node:http'
import { mountOf } from './express-mount.ts'
import { findRecord, recordOf } from './record.ts'

const maxLength = 200

interface Routed {
  readonly baseUrl?: unknown
  readonly route?: { readonly path?: unknown }
}

/**
 * The route template: what an adapter wrote into the record, or Express's. No template, no route: a path never stands in for it.
 * Read it when the response ends: before the router has run there is none.
 */
export function routeOf(req: IncomingMessage): string | undefined {
  const written = findRecord(req)?.route
  if (written !== undefined) return written
  const { route, baseUrl } = req as Routed
  const own = pathOf(route?.path)
  if (own === undefined) return undefined
  const base = mountOf(req, typeof baseUrl === 'string' ? baseUrl : '')
  return (own === '/' && base !== '' ? base : base + own).slice(0, maxLength)
}

/** For an adapter: keeps the framework's template, unless another adapter has. */
export function writeRoute(req: IncomingMessage, route: unknown): void {
  if (typeof route === 'string' && route !== '') {
    recordOf(req).route ??= route.slice(0, maxLength)
  }
}

function pathOf(path: unknown): string | undefined {
  if (typeof path === 'string') return path === '' ? '/' : path
  if (Array.isArray(path)) return path.map(pathOf).filter(Boolean).join('|') || undefined
  return path !== null && typeof path === 'object' ? String(path) : undefined
}
