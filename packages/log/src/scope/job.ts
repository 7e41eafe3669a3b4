import { isThenable } from '@clew/internal/requests/callback'
import { type Frame, frames, withLog } from '@clew/internal/requests/frame'
import { monotonicMs } from '@clew/internal/time/clock'
import { errorSeverity } from '../level.ts'
import type { Fields } from '../line/fields.ts'
import { activeSpan } from '../line/span.ts'
import { currentScope } from './current.ts'
import { endScope, openFields } from './end.ts'
import { watchHangs } from './hang-watch.ts'
import { jobs } from './running-jobs.ts'
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
export function runScope<T>(opening: Opening, fn: () => T): T {
  const frame = openJob(opening)
  let result: T
  try {
    result = frames.run(frame, fn)
  } catch (error) {
    endJob(frame, { error })
    throw error
  }
  if (!isThenable(result)) {
    endJob(frame)
    return result
  }
  keepJob(frame)
  // The caller gets a promise that settles after the closing line.
  return result.then(
    (value: unknown) => {
      endJob(frame)
      return value
    },
    (error: unknown) => {
      endJob(frame, { error })
      throw error
    },
  ) as T
}

/** The frame of a new scope. */
export function openJob({ owner, origin, outer, fields }: Opening): Frame {
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
    startMs: monotonicMs(),
  })
  owner.refresh(scope)
  return withLog(scope)
}

/** Remembers a scope that outlasts the current tick, for overrides and the end of the process. */
export function keepJob(frame: Frame): void {
  const scope = frame.log as Scope
  if (scope.isPart) return
  jobs.add(scope, frame)
  if (scope.owner.hangMs < Number.POSITIVE_INFINITY) watchHangs()
}

/**
 * @param frame - that of the scope: it is alive as long as code in the scope, or this function, can
 * still run
 */
export function endJob(frame: Frame, failure?: { readonly error: unknown }): void {
  const scope = frame.log as Scope
  const { owner } = scope
  const closingFields = () => openFields(scope)
  if (scope.isPart) {
    // Somebody may catch it, and the scope around this one end well.
    if (failure !== undefined) {
      const line = { severity: errorSeverity, fields: closingFields(), err: failure.error }
      owner.report(scope, { msg: 'end', ...line, atOnce: true })
    }
    return
  }
  jobs.delete(scope)
  endScope(scope, {
    failed: failure !== undefined,
    slow: isSlow(scope.startMs, owner.slowMs),
    abandoned: false,
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
