import { SecurityError } from '../errors.ts'
import { type Operation, operationOf } from '../guard/guard.ts'
import { type AuditRow, createAuditRow, expectedGuard, providedRows } from './audit-row.ts'
import { guardedOperation, type Layer, type Router, requireExpress, routerOf } from './express.ts'
import { mountedApp } from './protection.ts'

const caller = 'api.audit'
const maxListed = 20

/** All routes of an application, in order. */
export function auditRows(app: unknown): readonly AuditRow[] {
  const provided = providedRows(app)
  if (provided) return provided
  const findings: Findings = { rows: [], uncovered: [] }
  const router = routerOf(requireExpress(caller, app))
  if (router) collect(router, { base: '', cover: undefined }, findings)
  const { rows, uncovered } = findings
  if (uncovered.length > 0) {
    const more = uncovered.length > maxListed ? ` and ${uncovered.length - maxListed} more` : ''
    const list = uncovered.slice(0, maxListed).join(', ') + more
    throw new SecurityError(
      'ERR_SECURITY_UNCOVERED',
      `${caller}: the first function of each route must be ${expectedGuard}; received no policy for ${list}`,
    )
  }
  return Object.freeze(rows)
}

interface Findings {
  readonly rows: AuditRow[]
  /** Routes without a policy, as an error message lists them. */
  readonly uncovered: string[]
}

/** Where a router is mounted. */
interface Place {
  readonly base: string
  /** A guard in front of the router. */
  readonly cover: Operation | undefined
}

function collect(router: Router, { base, cover: outer }: Place, findings: Findings): void {
  const { rows, uncovered } = findings
  // Mounted guards: each covers what comes after it under the same path.
  const covers = new Map<string, Operation>()
  for (const layer of router.stack) {
    if (layer.route) {
      const path = join(base, pathText(layer.route.path))
      for (const method of methodsOf(layer.route.methods)) {
        const operation =
          guardedOperation(layer.route, method === 'ALL' ? '' : method) ?? covers.get('/') ?? outer
        rows.push(createAuditRow('route', method, path, operation))
        if (!operation) uncovered.push(`${method} ${path}`)
      }
      continue
    }
    const mount = mountPath(layer)
    const path = join(base, mount ?? '(unknown)')
    const cover = covers.get('/') ?? (mount === undefined ? undefined : covers.get(mount)) ?? outer
    const guard = operationOf(layer.handle)
    const inner = mountedApp(layer) ?? layer.handle
    if (guard) {
      if (mount !== undefined) covers.set(mount, guard)
    } else if (isMountedUnseen(layer)) {
      rows.push(createAuditRow('mount', 'ALL', path, cover))
      if (!cover) {
        uncovered.push(
          `the application mounted at ${path} (unknown routes: call api.protect(app) before mounting)`,
        )
      }
    } else if (typeof inner === 'function' && hasRoutes(inner)) {
      const nested = routerOf(requireExpress(caller, inner))
      if (nested) collect(nested, { base: path, cover }, findings)
    } else {
      rows.push(createAuditRow('mount', 'ALL', path, cover))
    }
  }
}

const hasRoutes = (inner: object) => 'stack' in inner || 'set' in inner

const isMountedUnseen = (layer: Layer) => layer.name === 'mounted_app' && !mountedApp(layer)

function methodsOf(methods: Readonly<Record<string, boolean>>): readonly string[] {
  return Object.keys(methods).map((method) => (method === '_all' ? 'ALL' : method.toUpperCase()))
}

/** Undefined in early versions of Express 5, which do not keep it. */
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
