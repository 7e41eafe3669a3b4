import { errorSeverity, infoSeverity, warnSeverity } from '../level.ts'
import type { Fields } from '../line/fields.ts'
import type { Scope } from './scope.ts'

/** How a scope ends. */
export interface Ending {
  readonly failed: boolean
  readonly slow: boolean
  /** What went wrong. */
  readonly err: unknown
  /** Whether the closing line is written for good scopes too, at once. */
  readonly always: boolean
  /** No closing line, unless it failed. */
  readonly silent: boolean
  /** Makes the fields of the closing line. */
  closingFields(): Fields
}

/**
 * Ends a scope that is no part of another one: writes its closing line and what it holds, or drops
 * both.
 */
export function endScope(scope: Scope, ending: Ending): void {
  const { owner, hold } = scope
  const { failed, slow, err, always, silent } = ending
  if (failed || slow) owner.release(scope)
  const severity = failed ? errorSeverity : slow ? warnSeverity : infoSeverity
  // Most scopes end here: nothing happened that anybody will ask about.
  if ((!silent || failed) && !owner.discards(scope, severity, always)) {
    const result = slow ? { ...ending.closingFields(), slow } : ending.closingFields()
    const fields = hold.closing?.with(result, owner.maxFields) ?? result
    owner.close(scope, { severity, fields, err, atOnce: always })
  }
  hold.end()
}
