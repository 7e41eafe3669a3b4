import { SecurityError } from './errors.ts'
import { firstFor, type Layer, mountedApp, type Router, routerOf } from './express.ts'
import { type Operation, operationOf } from './guard.ts'
import { describePolicy } from './policy.ts'

/** One method of one route, or something mounted that is no route. */
export interface AuditRow {
  /** `mount`: a middleware, a file server, a foreign router; it may answer requests, and nobody can tell. */
  readonly kind: 'route' | 'mount'
  /** `GET`, `POST` …; `ALL` for all of them */
  readonly method: string
  readonly path: string
  readonly service?: string
  readonly operation?: string
  /** In words: `jwt[api:write]`. Undefined: none; only with `mount`. */
  readonly policy?: string
  readonly from?: Operation['from']
}

const auditKey = Symbol.for('@clew/security/audit/v1')

/** Lets an application of another framework tell its routes, which its adapter has seen to be covered. */
export function tell(app: object, rows: () => readonly AuditRow[]): void {
  Object.defineProperty(app, auditKey, { value: rows, configurable: true })
}

/** The routes of what can tell them itself: a handler behind a guard, or what an adapter has protected. */
export function toldBy(app: unknown): readonly AuditRow[] | undefined {
  const alone = operationOf(app)
  if (alone) return Object.freeze([row('route', 'ALL', '*', alone)])
  const holder = app as { [auditKey]?: () => readonly AuditRow[] } | null | undefined
  return holder?.[auditKey]?.()
}

/** All routes of an Express application, in order. */
export function auditRows(app: unknown): readonly AuditRow[] {
  const told = toldBy(app)
  if (told) return told
  const rows: AuditRow[] = []
  const uncovered: string[] = []
  const router = routerOf(app)
  if (router) walk(router, '', undefined, rows, uncovered)
  if (uncovered.length > 0) {
    const more = uncovered.length > 20 ? ` and ${uncovered.length - 20} more` : ''
    throw new SecurityError(
      'ERR_SECURITY_UNCOVERED',
      `no policy for ${uncovered.slice(0, 20).join(', ')}${more}: put api.method(...) on each route as its first function, or say noSecurity(reason)`,
    )
  }
  return Object.freeze(rows)
}

function walk(
  router: Router,
  base: string,
  inherited: Operation | undefined,
  rows: AuditRow[],
  uncovered: string[],
): void {
  // Guards that were mounted: each covers what comes after it under the same path.
  const covers = new Map<string, Operation>()
  for (const layer of router.stack) {
    const mount = layer.route ? undefined : mountPath(layer)
    const path = layer.route ? pathText(layer.route.path) : (mount ?? '(unknown)')
    const cover =
      covers.get('/') ?? (mount === undefined ? undefined : covers.get(mount)) ?? inherited
    if (layer.route) {
      for (const method of methodsOf(layer.route.methods)) {
        const first = firstFor(layer.route, method === 'ALL' ? '' : method)
        const operation = operationOf(first?.handle) ?? cover
        rows.push(row('route', method, join(base, path), operation))
        if (!operation) uncovered.push(`${method} ${join(base, path)}`)
      }
      continue
    }
    const guard = operationOf(layer.handle)
    const inner = mountedApp(layer) ?? layer.handle
    if (guard) {
      if (mount !== undefined) covers.set(mount, guard)
    } else if (isMountedUnseen(layer)) {
      rows.push(row('mount', 'ALL', join(base, path), cover))
      if (!cover) {
        uncovered.push(
          `the application mounted at ${join(base, path)} (protect(app) before mounting shows its routes)`,
        )
      }
    } else if (typeof inner === 'function' && canTell(inner)) {
      const nested = routerOf(inner)
      if (nested) walk(nested, join(base, path), cover, rows, uncovered)
    } else {
      rows.push(row('mount', 'ALL', join(base, path), cover))
    }
  }
}

const canTell = (inner: object) => 'stack' in inner || 'set' in inner

const isMountedUnseen = (layer: Layer) => layer.name === 'mounted_app' && !mountedApp(layer)

export function row(
  kind: AuditRow['kind'],
  method: string,
  path: string,
  operation: Operation | undefined,
): AuditRow {
  return Object.freeze({
    kind,
    method,
    path,
    ...(operation && {
      ...(operation.service === undefined ? {} : { service: operation.service }),
      operation: operation.method,
      policy: describePolicy(operation.policy),
      from: operation.from,
    }),
  })
}

function methodsOf(methods: Readonly<Record<string, boolean>>): readonly string[] {
  return Object.keys(methods).map((method) => (method === '_all' ? 'ALL' : method.toUpperCase()))
}

/** Undefined: early versions of Express 5 do not tell. */
function mountPath(layer: Layer): string | undefined {
  if (layer.slash === true || layer.regexp?.fast_slash === true) return '/'
  if (layer.rawPath !== undefined) return pathText(layer.rawPath)
  // Express 4 keeps the expression only: /^\/admin\/?(?=\/|$)/i
  const source = layer.regexp?.source.replace(/^\^/, '').replace(/\\\/\?\(\?=\\\/\|\$\)$/, '')
  return source?.replace(/\\(.)/g, '$1')
}

function pathText(path: unknown): string {
  return Array.isArray(path) ? path.map(String).join(' | ') : String(path)
}

const join = (base: string, path: string) => (path === '/' && base !== '' ? base : base + path)
