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
  return holder?.[auditKey]?.()
}
