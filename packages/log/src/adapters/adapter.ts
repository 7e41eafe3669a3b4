import { format, types } from 'node:util'
import { addDoors } from '../caller.ts'
import type { Level } from '../level.ts'
import type { Fields } from '../line.ts'
import type { Logger } from '../logger.ts'
import type { LoggerState } from '../root.ts'

/** Writes a line of a logger that is shaped like another one's. */
export function write(
  logger: Logger,
  level: Level,
  err: unknown,
  msg: string,
  fields: Fields | undefined,
): void {
  if (err === undefined) logger.log(level, msg, fields)
  else if (level === 'error' || level === 'fatal') logger[level](err, msg, fields)
  else logger.log(level, msg, { err, ...fields })
}

// Below it are the function that tells what was said from how, and the one that was called.
addDoors([write], 2)

/** The arguments as one text, as `console` makes it. What becomes text is out of reach of redaction: it is hidden before. */
export function textOf(logger: Logger, args: readonly unknown[]): string {
  if (args.length === 0) return ''
  const { plain, redaction, maxValueBytes } = (logger as LoggerState).root.encoding
  try {
    const [first, ...rest] = args.map((arg) =>
      typeof arg === 'object' || typeof arg === 'function'
        ? readable(plain(arg, redaction.paths))
        : arg,
    )
    return redaction.text(format(first, ...rest), maxValueBytes)
  } catch {
    return '[Unreadable]'
  }
}

/** An error among other words is its stack. */
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
