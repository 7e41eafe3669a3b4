import type { IncomingMessage } from 'node:http'
import { mountOf } from './express-mount.ts'
import { recordOf } from './record.ts'
import { findRecord } from './slot.ts'

const maxLength = 200

interface Routed {
  readonly baseUrl?: unknown
  readonly route?: { readonly path?: unknown }
}

/**
 * The route template: written to the record by an adapter, or read from Express. Undefined without
 * a template; the path is never used instead. Read it when the response ends: the router has to run
 * first.
 */
export function routeOf(req: IncomingMessage): string | undefined {
  const written = findRecord(req)?.route
  if (written !== undefined) return written
  const { route, baseUrl } = req as Routed
  const path = pathOf(route?.path)
  if (path === undefined) return undefined
  const mount = mountOf(req, typeof baseUrl === 'string' ? baseUrl : '')
  return (path === '/' && mount !== '' ? mount : mount + path).slice(0, maxLength)
}

/** For adapters: records the framework's template, unless another adapter already has. */
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
