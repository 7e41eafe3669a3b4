import { optionsOf } from '../errors.ts'
import { type Level, severityOf } from '../level.ts'
import type { Fields } from '../line/fields.ts'
import { current } from '../logger/default-logger.ts'
import type { Logger } from '../logger/logger.ts'
import { isError } from '../values/reading.ts'
import { isPlainObject, messageText, write } from './adapter.ts'

/** For whatever accepts a winston logger. */
export interface WinstonLike {
  /** Read it, or assign to change the level of the logger, its parent and all children. */
  level: string
  readonly levels: Readonly<Record<string, number>>
  log(...args: unknown[]): WinstonLike
  error(...args: unknown[]): WinstonLike
  warn(...args: unknown[]): WinstonLike
  info(...args: unknown[]): WinstonLike
  http(...args: unknown[]): WinstonLike
  verbose(...args: unknown[]): WinstonLike
  debug(...args: unknown[]): WinstonLike
  silly(...args: unknown[]): WinstonLike
  isLevelEnabled(level: string): boolean
  child(fields: Fields): WinstonLike
}

const levels = { error: 0, warn: 1, info: 2, http: 3, verbose: 4, debug: 5, silly: 6 }
const names: Readonly<Record<string, Level>> = {
  error: 'error',
  warn: 'warn',
  info: 'info',
  http: 'debug',
  verbose: 'debug',
  debug: 'debug',
  silly: 'debug',
}

/**
 * A winston-shaped logger: `log('info', 'message', meta)`, `log({ level, message, … })`,
 * `info('message', meta)`, `error(err)`.
 */
export function asWinston(logger?: Logger): WinstonLike {
  const levelOf = (name: unknown): Level | undefined =>
    names[String(name)] ?? (severityOf(name) === undefined ? undefined : (name as Level))

  function writeCall(name: unknown, args: readonly unknown[]): void {
    const target = logger ?? current()
    const level = levelOf(name) ?? 'info'
    if (!target.isEnabled(level)) return
    // A callback at the end is ignored: there are no transports to call it.
    const others = args.filter((arg, index) => index === 0 || typeof arg !== 'function')
    const err = others.find((argument) => isError(argument))
    const meta = others.filter(
      (argument) => argument !== err && isPlainObject(argument),
    ) as Fields[]
    const rest = others.filter((argument) => argument !== err && !isPlainObject(argument))
    const { message, ...fields }: Fields = Object.assign({}, ...meta)
    // As winston does, behind the message of the call.
    if (message !== undefined) rest.push(message)
    const msg = messageText(target, rest, err)
    write(target, level, { msg, fields, err })
  }

  const to =
    (name: string) =>
    (...args: unknown[]) => {
      writeCall(name, args)
      return like
    }
  const like: WinstonLike = {
    levels,
    get level(): string {
      return (logger ?? current()).level
    },
    set level(name: string) {
      const level = levelOf(name)
      if (level === undefined) {
        const expected = `one of ${Object.keys(levels).join(', ')}`
        throw optionsOf('log.asWinston').error('level', expected, name)
      }
      ;(logger ?? current()).level = level
    },
    log(...args) {
      const [first, ...rest] = args
      if (isPlainObject(first)) {
        const { level, ...others } = first
        writeCall(level, [others, ...rest])
      } else writeCall(first, rest)
      return like
    },
    error: to('error'),
    warn: to('warn'),
    info: to('info'),
    http: to('http'),
    verbose: to('verbose'),
    debug: to('debug'),
    silly: to('silly'),
    isLevelEnabled(name) {
      const level = levelOf(name)
      return level !== undefined && (logger ?? current()).isEnabled(level)
    },
    child: (fields) => asWinston((logger ?? current()).child(fields)),
  }
  return like
}
