import { monotonicMs } from '@clew/internal/time/clock'
import { errorSeverity } from '../level.ts'
import type { Fields } from '../line/fields.ts'
import { activeSpan } from '../line/span.ts'
import { currentScope, runIn } from './current.ts'
import { endScope } from './end.ts'
import { noNames, Scope, type ScopeOrigin, type ScopeOwner } from './scope.ts'

export interface Opening {
  readonly owner: ScopeOwner
  readonly origin: ScopeOrigin
  /** The scope of the same owner around it. */
  readonly outer: Scope | undefined
  readonly fields: Fields
}

/**
 * Runs `fn` in a scope. The outermost one writes a closing line and decides what becomes of the
 * held lines.
 */
export function runScope<T>({ owner, origin, outer, fields }: Opening, fn: () => T): T {
  const startMs = monotonicMs()
  const scope = new Scope({
    owner,
    origin,
    // The scope of another owner stays reachable, for lines of its own.
    parent: outer ?? currentScope(),
    shares: outer !== undefined,
    request: undefined,
    span: activeSpan(),
    owned: noNames,
    fields: owner.snapshot(fields),
    source: undefined,
  })
  owner.refresh(scope)
  let result: T
  try {
    result = runIn(scope, fn)
  } catch (error) {
    endJob(scope, startMs, { error })
    throw error
  }
  if (!isPromiseLike(result)) {
    endJob(scope, startMs)
    return result
  }
  if (!scope.isPart) owner.jobs.add(scope)
  // The caller gets a promise that settles after the closing line.
  return result.then(
    (value: unknown) => {
      endJob(scope, startMs)
      return value
    },
    (error: unknown) => {
      endJob(scope, startMs, { error })
      throw error
    },
  ) as T
}

function endJob(scope: Scope, startMs: number, failure?: { readonly error: unknown }): void {
  const { owner } = scope
  const closingFields = () => ({ time_ms: Math.round(monotonicMs() - startMs) })
  if (scope.isPart) {
    // Somebody may catch it, and the scope around this one end well.
    if (failure !== undefined) {
      const line = { severity: errorSeverity, fields: closingFields(), err: failure.error }
      owner.close(scope, { ...line, atOnce: true })
    }
    return
  }
  owner.jobs.delete(scope)
  endScope(scope, {
    failed: failure !== undefined,
    slow: isSlow(startMs, owner.slowMs),
    err: failure?.error,
    always: false,
    silent: false,
    closingFields,
  })
}

/** Reads the clock only where somebody asked for it. */
function isSlow(startMs: number, slowMs: number): boolean {
  return slowMs < Number.POSITIVE_INFINITY && monotonicMs() - startMs >= slowMs
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { then?: unknown }).then === 'function'
  )
}
