import type { Redaction } from '../redaction/redaction.ts'
import type { MakePlain } from '../values/plain-maker.ts'
import type { Plain } from '../values/plain-value.ts'
import { isError } from '../values/reading.ts'
import { messageOf } from './error-message.ts'
import { type Fields, isFields, toFields } from './fields.ts'

/** The arguments of a call, as they came. */
export interface CallArguments {
  readonly msg: unknown
  readonly fields: unknown
  readonly err: unknown
}

/** What the arguments of a call mean. */
export interface Statement {
  readonly msg: string
  readonly fields: Fields | undefined
  readonly err: unknown
}

/**
 * Understands what callers pass that have no types, or are used to other loggers: `info(error)`,
 * `info({ a: 1 }, 'message')`, `info('message', 1)`.
 */
export function statementOf(
  { msg, fields, err }: CallArguments,
  plain: MakePlain,
  redaction: Redaction,
): Statement {
  if (isError(msg)) {
    const message = textOf(plain(messageOf(msg, redaction)))
    const statement = statementOf({ msg: message, fields, err: undefined }, plain, redaction)
    return { ...statement, err: err ?? msg }
  }
  if (typeof msg === 'object' && msg !== null && typeof fields === 'string') {
    return statementOf({ msg: fields, fields: msg, err }, plain, redaction)
  }
  const text = typeof msg === 'string' ? msg : textOf(plain(msg))
  if (isError(fields)) {
    return err === undefined
      ? { msg: text, fields: undefined, err: fields }
      : { msg: text, fields: { error: fields }, err }
  }
  if (isFields(fields)) return { msg: text, fields, err }
  const isNone = fields === undefined || fields === null
  return { msg: text, fields: isNone ? undefined : toFields(fields), err }
}

function textOf(plain: Plain): string {
  return typeof plain === 'string' ? plain : JSON.stringify(plain)
}
