import { type Guard, operationOf } from '../guard/guard.ts'
import type { Check } from '../options.ts'
import { expectedGuard } from './audit-row.ts'

/** The option `default` of an adapter. With `noSecurity`, each route that somebody forgets would be open. */
export function defaultGuardOption(check: Check, guard: Guard | undefined): Guard | undefined {
  if (guard === undefined) return undefined
  const operation = operationOf(guard)
  if (operation === undefined) throw check.error('default', expectedGuard, guard)
  if (operation.policy.kind === 'noSecurity') {
    throw check.error('default', 'a guard that asks for a credential', 'noSecurity')
  }
  return guard
}

export function requireGuard(check: Check, guard: Guard): Guard {
  if (operationOf(guard) === undefined) throw check.error('guard', expectedGuard, guard)
  return guard
}
