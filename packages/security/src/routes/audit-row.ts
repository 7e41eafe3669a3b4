import { SecurityError } from '../errors.ts'
import { type Operation, operationOf } from '../guard/guard.ts'
import { describePolicy } from '../policy/policy.ts'

/** One method of one route, or something mounted that is not a route. */
export interface AuditRow {
  /**
   * `mount`: a middleware, a file server or a foreign router. Whether it answers requests cannot be
   * found out.
   */
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

export function createAuditRow(
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

/** For messages about a route without one. */
export const expectedGuard = 'a guard, such as api.method(…)'

const maxListed = 20

/**
 * The rows of an application, all of whose routes have a policy.
 *
 * @param mounts - what else has none and needs one, in words
 * @throws SecurityError `ERR_SECURITY_UNCOVERED` if there is any of these
 */
export function requireCovered(
  rows: readonly AuditRow[],
  mounts: readonly string[] = [],
): readonly AuditRow[] {
  const routes = rows.filter(({ kind, policy }) => kind === 'route' && policy === undefined)
  const uncovered = [
    ...new Set([...routes.map(({ method, path }) => `${method} ${path}`), ...mounts]),
  ]
  if (uncovered.length === 0) return Object.freeze(rows)
  const more = uncovered.length > maxListed ? ` and ${uncovered.length - maxListed} more` : ''
  const list = uncovered.slice(0, maxListed).join(', ') + more
  throw new SecurityError(
    'ERR_SECURITY_UNCOVERED',
    `api.audit: the first function of each route must be ${expectedGuard}; received no policy for ${list}`,
  )
}

const auditKey = Symbol.for('@clew/security/audit/v1')

/** For the adapter of a framework: the rows of an application, all of whose routes it protects. */
export function provideRows(app: object, rows: () => readonly AuditRow[]): void {
  Object.defineProperty(app, auditKey, { value: rows, configurable: true })
}

/** The rows of a handler behind a guard, and of what an adapter protects; undefined otherwise. */
export function providedRows(app: unknown): readonly AuditRow[] | undefined {
  const operation = operationOf(app)
  if (operation) return Object.freeze([createAuditRow('route', 'ALL', '*', operation)])
  const holder = app as { [auditKey]?: () => readonly AuditRow[] } | null | undefined
  if (holder === null || holder === undefined) return undefined
  // Not through the proxy that a Nest application is: it ends the process where a method throws.
  const own = Object.getOwnPropertyDescriptor(holder, auditKey)?.value as
    | (() => readonly AuditRow[])
    | undefined
  const rows = own ?? holder[auditKey]
  return rows?.()
}
