import { types } from 'node:util'
import type { Fields } from './line.ts'
import { isLiteral } from './scope/held-line.ts'
import type { Plain } from './values/plain.ts'
import { isSecret } from './values/secret.ts'

/** What a caller said: a message, fields, an error. */
export interface Statement {
  readonly msg: string
  readonly fields: Fields | undefined
  readonly err: unknown
}

/** Understands what callers without types, or used to other loggers, pass: `info(error)`, `info({ a: 1 }, 'message')`, `info('m', 1)`. */
export function createStatementOf(
  plain: (value: unknown) => Plain,
): (msg: unknown, fields: unknown, err: unknown) => Statement {
  return function statementOf(msg: unknown, fields: unknown, err: unknown): Statement {
    if (types.isNativeError(msg)) {
      return { ...statementOf(textOf(plain(messageOf(msg))), fields, undefined), err: err ?? msg }
    }
    if (typeof msg === 'object' && msg !== null && typeof fields === 'string') {
      return statementOf(fields, msg, err)
    }
    const text = typeof msg === 'string' ? msg : textOf(plain(msg))
    if (types.isNativeError(fields)) {
      return err === undefined
        ? { msg: text, fields: undefined, err: fields }
        : { msg: text, fields: { error: fields }, err }
    }
    const kept = isFields(fields)
      ? fields
      : fields === undefined || fields === null
        ? undefined
        : { value: fields }
    return { msg: text, fields: kept, err }
  }
}

/** The message of an error, which may have none, or one that is no text or cannot be read. */
export function messageOf(err: unknown): string {
  try {
    const { message } = err as { readonly message?: unknown }
    return typeof message === 'string' ? message : 'error'
  } catch {
    return 'error'
  }
}

/** Whether its own properties are the fields. Not so for errors, lists, dates, maps and the like. */
export function isFields(fields: unknown): fields is Fields {
  if (typeof fields !== 'object' || fields === null) return false
  try {
    if (isLiteral(fields)) return true
    if (types.isNativeError(fields) || Array.isArray(fields)) return false
    if (isSecret(fields)) return false
    return Object.keys(fields).length > 0 || Object.getPrototypeOf(fields) === null
  } catch {
    // A proxy that throws. Whoever reads it is prepared.
    return true
  }
}

/** Fields that loggers, scopes and closing lines are given, by callers without types too: an error or a map is one of them. */
export function toFields(fields: unknown): Fields {
  if (isFields(fields)) return fields
  if (fields === undefined || fields === null) return {}
  return types.isNativeError(fields) ? { err: fields } : { value: fields }
}

function textOf(plain: Plain): string {
  return typeof plain === 'string' ? plain : JSON.stringify(plain)
}
