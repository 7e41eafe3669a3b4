import { ERROR, INFO, WARN } from '../level.ts'
import type { Fields } from '../line.ts'
import type { Scope } from './scope.ts'

export interface Ending {
  readonly failed: boolean
  readonly slow: boolean
  /** What went wrong, where it was an error that was thrown. */
  readonly err?: unknown
  /** Whether the closing line is written for good scopes too, at once. */
  readonly always?: boolean
  /** No closing line, unless it failed. */
  readonly silent?: boolean
}

/** Ends a scope that is no part of another: writes its closing line and what it holds, or lets go of both. */
export function endScope(scope: Scope, ending: Ending, fieldsOf: () => Fields): void {
  const { root, state, hold } = scope
  const { failed, slow, err, always = false, silent = false } = ending
  if (failed || slow) root.release(scope)
  const severity = failed ? ERROR : slow ? WARN : INFO
  // Most scopes end here: nothing happened that anybody will ask about.
  if ((!silent || failed) && !root.discards(scope, severity, always)) {
    const own = slow ? { ...fieldsOf(), slow } : fieldsOf()
    const fields = hold.closing?.with(own, root.encoding.maxFields) ?? own
    root.record(state, scope, severity, 'end', fields, err, always)
  }
  hold.forget()
}
