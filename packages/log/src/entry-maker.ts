import { callerOf } from './caller.ts'
import type { Entry, Fields } from './line.ts'
import type { LogOptions } from './options.ts'
import type { LoggerState } from './root.ts'
import type { Scope } from './scope/scope.ts'
import type { SpanContext } from './span.ts'
import { createStatementOf, isFields } from './statement.ts'
import type { Plain } from './values/plain.ts'

/** Makes an entry of what a caller says, as it is now. */
export type MakeEntry = (
  from: LoggerState,
  scope: Scope | undefined,
  severity: number,
  msg: unknown,
  fields: unknown,
  err: unknown,
  span: SpanContext | undefined,
) => Entry

/** `generates`: whether each entry has fields that nobody said. */
export function createEntryMaker(
  plain: (value: unknown) => Plain,
  { generate, caller = false }: Pick<LogOptions, 'generate' | 'caller'>,
): { readonly make: MakeEntry; readonly generates: boolean } {
  const statementOf = createStatementOf(plain)
  const generates = generate !== undefined || caller

  const make: MakeEntry = ({ context }, scope, severity, msg, fields, err, span) => {
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
