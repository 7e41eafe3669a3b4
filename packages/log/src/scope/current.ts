import { frames, withLog } from '@clew/internal/requests/frame'
import type { Scope } from './scope.ts'

/** The innermost scope around the current code, whoever its owner is. */
export function currentScope(): Scope | undefined {
  return frames.getStore()?.log as Scope | undefined
}

/** Runs `fn` in a scope. */
export function runIn<T>(scope: Scope, fn: () => T): T {
  return frames.run(withLog(scope), fn)
}
