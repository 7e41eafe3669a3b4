import type { Level } from '../level.ts'
import { current } from '../logger/default-logger.ts'
import type { Logger } from '../logger/logger.ts'
import { isError } from '../values/reading.ts'
import { isPlainObject, messageText, write } from './adapter.ts'

/** A `LoggerService` of Nest: `app.useLogger(log.asNest())`, or `logger` of `NestFactory.create`. */
export interface NestLoggerLike {
  log(message: unknown, ...optionalParams: unknown[]): void
  error(message: unknown, ...optionalParams: unknown[]): void
  warn(message: unknown, ...optionalParams: unknown[]): void
  debug(message: unknown, ...optionalParams: unknown[]): void
  verbose(message: unknown, ...optionalParams: unknown[]): void
  fatal(message: unknown, ...optionalParams: unknown[]): void
  /** Nest's levels, of which the lowest is taken: `['error', 'warn', 'log']`. */
  setLogLevels(levels: readonly string[]): void
}

const levels: Readonly<Record<string, Level>> = {
  verbose: 'debug',
  debug: 'debug',
  log: 'info',
  warn: 'warn',
  error: 'error',
  fatal: 'fatal',
}

const isStack = (value: unknown): value is string =>
  typeof value === 'string' && /\n\s+at /.test(value)

/**
 * A logger for Nest. The context that Nest passes last (`RouterExplorer`, or that of
 * `new Logger('OrdersService')`) becomes the field `context`; an error, or the stack that Nest
 * passes in its place, the error of the line; an object its fields.
 */
export function asNest(logger?: Logger): NestLoggerLike {
  function writeCall(level: Level, message: unknown, params: readonly unknown[]): void {
    const target = logger ?? current()
    if (!target.isEnabled(level)) return
    const rest = [...params]
    // Nest's own Logger adds its context behind what it was called with; it may be undefined.
    const last = rest.at(-1)
    const hasContext = rest.length > 0 && !isStack(last) && isContext(last)
    const context = hasContext ? rest.pop() : undefined
    const all = [message, ...rest].filter((each) => each !== undefined)
    const err = all.find(isError) ?? all.find(isStack)
    const others = all.filter((each) => each !== err)
    const objects = others.filter(isPlainObject)
    const texts = others.filter((each) => !isPlainObject(each))
    const fields = Object.assign({}, ...objects, context === undefined ? {} : { context })
    const msg = messageText(target, texts, err)
    write(target, level, { msg, fields, err: isStack(err) ? { stack: err } : err })
  }

  const to =
    (level: Level) =>
    (message: unknown, ...params: unknown[]) =>
      writeCall(level, message, params)

  return {
    log: to('info'),
    error: to('error'),
    warn: to('warn'),
    debug: to('debug'),
    verbose: to('debug'),
    fatal: to('fatal'),
    setLogLevels(names) {
      const order = Object.values(levels)
      const lowest = order.find((level) => names.some((name) => levels[name] === level))
      if (lowest !== undefined) (logger ?? current()).level = lowest
    },
  }
}

const isContext = (value: unknown): boolean => value === undefined || typeof value === 'string'
