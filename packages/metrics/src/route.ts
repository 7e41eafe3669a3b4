import type { IncomingMessage } from 'node:http'
import { mountOf } from './express-mount.ts'

const routeKey = Symbol.for('@clew/route/v1')
const MAX_LENGTH = 200

interface Seams {
  readonly [routeKey]?: unknown
  readonly baseUrl?: unknown
  readonly route?: { readonly path?: unknown }
}

/**
 * The route template: what an adapter wrote on the request, else Express's. No template, no route: a path never stands in for it.
 * Read it when the response ends: before the router has run there is none.
 */
export function routeOf(req: IncomingMessage): string | undefined {
  const seams = req as Seams
  const written = seams[routeKey]
  if (typeof written === 'string' && written !== '') return written.slice(0, MAX_LENGTH)
  const own = pathOf(seams.route?.path)
  if (own === undefined) return undefined
  const base = mountOf(req, typeof seams.baseUrl === 'string' ? seams.baseUrl : '')
  const route = own === '/' && base !== '' ? base : base + own
  return route.slice(0, MAX_LENGTH)
}

function pathOf(path: unknown): string | undefined {
  if (typeof path === 'string') return path === '' ? '/' : path
  if (Array.isArray(path)) return path.map(pathOf).filter(Boolean).join('|') || undefined
  return path !== null && typeof path === 'object' ? String(path) : undefined
}
