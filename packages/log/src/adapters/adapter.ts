import { format, types } from 'node:util'
import { addEntrances } from '../caller.ts'
import type { Origin } from '../engine/engine.ts'
import type { Level } from '../level.ts'
import { messageOf } from '../line/error-message.ts'
import type { Fields } from '../line/fields.ts'
import type { Logger } from '../logger/logger.ts'
import { redacted } from '../redaction/text-names.ts'
import { isError } from '../values/reading.ts'

/** What a call of a foreign logger means. */
export interface AdaptedCall {
  readonly msg: string
  readonly fields?: Fields
  readonly err?: unknown
}

/** Writes a line for a call of a foreign logger. */
export function write(logger: Logger, level: Level, { msg, fields, err }: AdaptedCall): void {
  if (err === undefined) logger.log(level, msg, fields)
  else if (level === 'error' || level === 'fatal') logger[level](err, msg, fields)
  else logger.log(level, msg, { err, ...fields })
}

// Between it and the caller: the function that reads the arguments, and the one that was called.
addEntrances([write], 2)

/**
 * The arguments as one string, as `console` formats them. Redaction does not reach into strings, so
 * that values are redacted first.
 */
export function textOf(logger: Logger, args: readonly unknown[]): string {
  if (args.length === 0) return ''
  const { plain, redaction, maxValueBytes } = (logger as Logger & Origin).engine.encoding
  try {
    const err = redaction.field('err')
    const shown = (arg: unknown) => {
      if (!isError(arg)) return readable(plain(arg, redaction.paths))
      return err === 'hide' || redaction.hides('err') ? redacted : readable(plain(arg, err))
    }
    const [first, ...rest] = args.map((arg) =>
      typeof arg === 'object' || typeof arg === 'function' ? shown(arg) : arg,
    )
    return redaction.text(format(first, ...rest), maxValueBytes)
  } catch {
    return '[Unreadable]'
  }
}

/** The message of a line that is about an error. */
export function errorText(logger: Logger, err: unknown): string {
  return messageOf(err, (logger as Logger & Origin).engine.encoding.redaction)
}

/** The arguments beside an error; without any, what the error says. */
export function messageText(logger: Logger, args: readonly unknown[], err: unknown): string {
  return args.length === 0 && err !== undefined ? errorText(logger, err) : textOf(logger, args)
}

/** An error among other arguments is its stack. */
function readable(plain: unknown): unknown {
  const { stack, message } = (plain ?? {}) as {
    readonly stack?: unknown
    readonly message?: unknown
  }
  return typeof stack === 'string' && typeof message === 'string' ? stack : plain
}

export function isPlainObject(value: unknown): value is Fields {
  if (typeof value !== 'object' || value === null || types.isProxy(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
