import { operationOf } from '../guard/guard.ts'
import { type AuditRow, createAuditRow, providedRows, requireCovered } from './audit-row.ts'
import { Coverage, type Pass } from './coverage.ts'
import {
  guardedOperation,
  isApplication,
  isRouter,
  type Router,
  requireExpress,
  routerOf,
} from './express.ts'
import { isErrorHandler, mountOf, mountPath, pathText } from './mount.ts'
import { isStrict } from './protection.ts'

/** All routes of an application, in order. */
export function auditRows(app: unknown): readonly AuditRow[] {
  const provided = providedRows(app)
  if (provided) return provided
  const findings: Findings = { rows: [], mounts: [] }
  const router = routerOf(requireExpress('api.audit', app))
  if (router) collect(router, { base: '', cover: undefined }, findings)
  return requireCovered(findings.rows, findings.mounts)
}

interface Findings {
  readonly rows: AuditRow[]
  /** What is mounted without a policy and needs one, as an error message lists it. */
  readonly mounts: string[]
}

/** Where a router is mounted. */
interface Place {
  readonly base: string
  /** A guard in front of the router. */
  readonly cover: Pass | undefined
}

function collect(router: Router, { base, cover: outer }: Place, findings: Findings): void {
  const { rows, mounts } = findings
  const coverage = new Coverage(outer)
  for (const layer of router.stack) {
    const mount = mountOf(layer)
    if (!mount || isErrorHandler(layer)) continue
    const cover = coverage.of(mount)
    if (layer.route) {
      const path = join(base, pathText(layer.route.path))
      for (const method of methodsOf(layer.route.methods)) {
        const operation =
          guardedOperation(layer.route, method === 'ALL' ? '' : method) ?? cover?.operation
        rows.push(createAuditRow('route', method, path, operation))
      }
      continue
    }
    const path = join(base, mountPath(layer) ?? '(unknown)')
    const inner = mount.app ?? layer.handle
    const guard = operationOf(layer.handle)
    if (guard) {
      coverage.pass(mount, { operation: guard, principals: [] })
      // The handler of `security.handler`, which is no guard of what follows.
      if (mount.isFinal) rows.push(createAuditRow('mount', 'ALL', path, guard))
    } else if (isRouter(inner) || isApplication(inner)) {
      const nested = routerOf(inner)
      if (nested) collect(nested, { base: path, cover }, findings)
    } else {
      rows.push(createAuditRow('mount', 'ALL', path, cover?.operation))
      if (cover) continue
      if (layer.name === 'mounted_app') {
        mounts.push(
          `the application mounted at ${path} (unknown routes: call api.protect(app) before mounting)`,
        )
      } else if (mount.isFinal && isStrict(router)) mounts.push(`the handler mounted at ${path}`)
    }
  }
}

function methodsOf(methods: Readonly<Record<string, boolean>>): readonly string[] {
  return Object.keys(methods).map((method) => (method === '_all' ? 'ALL' : method.toUpperCase()))
}

function join(base: string, path: string): string {
  if (base === '' || base === '/') return path
  return path === '/' ? base : base + path
}
