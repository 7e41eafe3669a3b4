import { monotonicMs } from '../clock.ts'
import type { Fields } from '../line.ts'
import type { LoggerState, Root } from '../root.ts'
import { activeSpan } from '../span.ts'
import { scopes } from '../state.ts'
import { endScope } from './ending.ts'
import { noNames, Scope } from './scope.ts'

/** Runs `fn` in a scope. The outermost one writes a closing line and decides what becomes of the held lines. */
export function runScope<T>(root: Root, from: LoggerState, fields: Fields, fn: () => T): T {
  const startMs = monotonicMs()
  const parent = root.scope()
  // Another root's scope stays reachable, for lines of its own.
  const around = parent ?? scopes.getStore()
  const scope = new Scope({
    root,
    state: from,
    parent: around,
    shares: parent !== undefined,
    request: undefined,
    span: activeSpan(),
    owned: noNames,
    fields: root.snapshot(fields),
  })
  root.refresh(scope)
  const end = (failure?: { readonly error: unknown }) => endJob(scope, startMs, failure)
  let result: T
  try {
    result = scopes.run(scope, fn)
  } catch (error) {
    end({ error })
    throw error
  }
  if (!isPromiseLike(result)) {
    end()
    return result
  }
  if (parent === undefined) root.jobs.add(scope)
  // The caller gets a promise that settles after the closing line.
  return result.then(
    (value: unknown) => {
      end()
      return value
    },
    (error: unknown) => {
      end({ error })
      throw error
    },
  ) as T
}

function endJob(
  scope: Scope,
  startMs: number,
  failure: { readonly error: unknown } | undefined,
): void {
  const { root, hold } = scope
  if (hold === scope.parent?.hold) {
    if (failure) root.release(scope)
    return
  }
  root.jobs.delete(scope)
  const slow = root.hold !== undefined && isSlow(startMs, root.hold.slowMs)
  endScope(scope, { failed: failure !== undefined, slow, err: failure?.error }, () => ({
    time_ms: Math.round(monotonicMs() - startMs),
  }))
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
