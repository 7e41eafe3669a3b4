import { callerOf } from './caller.ts'
import type { Entry, Fields } from './line.ts'
import type { LogOptions } from './options.ts'
import type { LoggerState } from './root.ts'
import type { Scope } from './scope/scope.ts'
import type { SpanContext } from './span.ts'
import { createStatementOf, isFields } from './statement.ts'
import type { Plain } from './values/plain.ts'

/** Makes entries of what callers say, as it is now. */
export interface EntryMaker {
  make(
    from: LoggerState,
    scope: Scope | undefined,
    severity: number,
    msg: unknown,
    fields: unknown,
    err: unknown,
    span: SpanContext | undefined,
  ): Entry
  /** Whether each entry has fields that nobody said. */
  readonly generates: boolean
}

export function createEntryMaker(
  plain: (value: unknown) => Plain,
  { generate, caller = false }: Pick<LogOptions, 'generate' | 'caller'>,
): EntryMaker {
  const statementOf = createStatementOf(plain)
  const generates = generate !== undefined || caller

  function make(
    from: LoggerState,
    scope: Scope | undefined,
    severity: number,
    msg: unknown,
    fields: unknown,
    err: unknown,
    span: SpanContext | undefined,
  ): Entry {
    const { context } = from
    const time = Date.now()
    const extra = generates ? generated(generate, caller) : undefined
    if (typeof msg === 'string' && (fields === undefined || isFields(fields))) {
      return { severity, time, msg, err, fields, context, scope, span, generated: extra }
    }
    const statement = statementOf(msg, fields, err)
    return { severity, time, ...statement, context, scope, span, generated: extra }
  }

  return { make, generates }
}

function generated(generate: (() => Fields | undefined) | undefined, caller: boolean): Fields {
  const file = caller ? callerOf() : undefined
  const place = file === undefined ? {} : { file }
  try {
    return { ...generate?.(), ...place }
  } catch {
    return place
  }
}
