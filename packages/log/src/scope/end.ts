import { monotonicMs } from '@clew/internal/time/clock'
import { errorSeverity, infoSeverity, warnSeverity } from '../level.ts'
import type { Fields } from '../line/fields.ts'
import type { Scope } from './scope.ts'

/** How a scope ends. */
export interface Ending {
  readonly failed: boolean
  readonly slow: boolean
  /** Whether somebody has waited for it in vain. */
  readonly abandoned: boolean
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
  const { failed, slow, abandoned, err, always, silent } = ending
  const late = slow || abandoned
  if (failed || late) owner.release(scope)
  const severity = failed ? errorSeverity : late ? warnSeverity : infoSeverity
  // Most scopes end here: nothing happened that anybody will ask about.
  if ((!silent || failed) && !owner.discards(scope, severity, always)) {
    const result = slow ? { ...ending.closingFields(), slow } : ending.closingFields()
    const fields = hold.closing?.with(result, owner.maxFields) ?? result
    owner.report(scope, { msg: 'end', severity, fields, err, atOnce: always })
  }
  hold.end()
}

/**
 * Ends a scope that nobody else will end any more: writes what it holds, and a closing line that
 * says so.
 */
export function endUnfinished(scope: Scope, endedBy: string): void {
  const { owner, hold } = scope
  const result = { ...openFields(scope), unfinished: true, ended_by: endedBy }
  const fields = hold.closing?.with(result, owner.maxFields) ?? result
  const line = { msg: 'end', severity: warnSeverity, fields, err: undefined, atOnce: true }
  owner.giveUp(scope, scope.source?.silent === true ? undefined : line)
  hold.end()
}

/** What a line says about a scope that is still open. */
export function openFields(scope: Scope): Fields {
  return scope.source?.openFields() ?? { time_ms: Math.round(monotonicMs() - scope.startMs) }
}
