import { types } from 'node:util'
import type { MakePlain } from '../values/plain-maker.ts'
import type { Plain } from '../values/plain-value.ts'
import { type Fields, isFields } from './fields.ts'

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
export function statementOf({ msg, fields, err }: CallArguments, plain: MakePlain): Statement {
  if (types.isNativeError(msg)) {
    const message = textOf(plain(messageOf(msg)))
    return { ...statementOf({ msg: message, fields, err: undefined }, plain), err: err ?? msg }
  }
  if (typeof msg === 'object' && msg !== null && typeof fields === 'string') {
    return statementOf({ msg: fields, fields: msg, err }, plain)
  }
  const text = typeof msg === 'string' ? msg : textOf(plain(msg))
  if (types.isNativeError(fields)) {
    return err === undefined
      ? { msg: text, fields: undefined, err: fields }
      : { msg: text, fields: { error: fields }, err }
  }
  if (isFields(fields)) return { msg: text, fields, err }
  const isNone = fields === undefined || fields === null
  return { msg: text, fields: isNone ? undefined : { value: fields }, err }
}

/**
 * The whole message of an error, for the line that is about it; 'error' where it has none, or one
 * that is not a string or cannot be read.
 */
export function messageOf(err: unknown): string {
  try {
    const { message } = err as { readonly message?: unknown }
    return typeof message === 'string' ? message : 'error'
  } catch {
    return 'error'
  }
}

function textOf(plain: Plain): string {
  return typeof plain === 'string' ? plain : JSON.stringify(plain)
}
