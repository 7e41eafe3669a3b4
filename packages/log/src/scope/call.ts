import { monotonicMs } from '../clock.ts'
import { INFO } from '../level.ts'
import type { Fields } from '../line.ts'
import type { LoggerState, Root } from '../root.ts'
import { activeSpan } from '../span.ts'
import { live, scopes } from '../state.ts'
import { endScope } from './ending.ts'
import { Scope } from './scope.ts'

/** A call that a server answers, and that is no HTTP request: its scope, opened and closed by whoever watches it. */
export interface Call {
  /** Runs `fn` in its scope. */
  run<T>(fn: () => T): T
  /** Ends the scope with a closing line. Only the first one counts. */
  end(outcome: Outcome): void
}

export interface Opening {
  readonly fields: Fields
  /** Names of fields that no line can overwrite. */
  readonly owned: ReadonlySet<string>
  readonly start: boolean
  readonly always: boolean
  /** No start and closing line, unless it fails. */
  readonly silent: boolean
  readonly slowMs: number | undefined
}

export interface Outcome {
  readonly failed: boolean
  readonly fields: Fields
  /** Under which the time goes, in milliseconds. */
  readonly timeName: string
}

/** Opens the scope of a call. */
export function openCall(root: Root, from: LoggerState, opening: Opening): Call {
  const { fields, owned, start, always, silent } = opening
  const slowMs = opening.slowMs ?? root.hold?.slowMs ?? Number.POSITIVE_INFINITY
  const startMs = monotonicMs()
  const scope = new Scope({
    root,
    state: from,
    // A connection carries many calls: what is visible now may be another one.
    parent: undefined,
    shares: false,
    request: undefined,
    span: activeSpan(),
    owned,
    fields,
  })
  const { hold } = scope
  live.add(scope)
  root.refresh(scope)
  if (start && !silent) root.record(from, scope, INFO, 'start', undefined, undefined, false)

  return {
    run: (fn) => (scopes.getStore()?.hold === hold ? fn() : scopes.run(scope, fn)),
    end({ failed, fields, timeName }) {
      if (!live.delete(scope)) return
      const timeMs = monotonicMs() - startMs
      endScope(scope, { failed, slow: timeMs >= slowMs, always, silent }, () => ({
        ...fields,
        [timeName]: Math.round(timeMs),
      }))
    },
  }
}
