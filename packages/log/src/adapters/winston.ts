import { types } from 'node:util'
import { current } from '../ambient.ts'
import { optionError } from '../errors.ts'
import { type Level, severityOf } from '../level.ts'
import type { Fields } from '../line.ts'
import type { Logger } from '../logger.ts'
import { messageOf } from '../statement.ts'
import { isPlainObject, textOf, write } from './adapter.ts'

/** What takes a winston logger takes this. */
export interface WinstonLike {
  /** Read it, or change the level of the logger and all its relatives. */
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

/** A winston-shaped logger: `log('info', 'text', meta)`, `log({ level, message, … })`, `info('text', meta)`, `error(err)`. */
export function asWinston(logger?: Logger): WinstonLike {
  const levelOf = (name: unknown): Level | undefined =>
    names[String(name)] ?? (severityOf(name) === undefined ? undefined : (name as Level))

  function say(name: unknown, args: readonly unknown[]): void {
    const target = logger ?? current()
    const level = levelOf(name) ?? 'info'
    if (!target.isEnabled(level)) return
    // A callback behind it all is called by no transport of ours.
    const words = args.filter((arg, index) => index === 0 || typeof arg !== 'function')
    const err = words.find((word) => types.isNativeError(word))
    const meta = words.filter((word) => word !== err && isPlainObject(word)) as Fields[]
    const rest = words.filter((word) => word !== err && !isPlainObject(word))
    const { level: _level, message, ...fields }: Fields = Object.assign({}, ...meta)
    if (rest.length === 0 && message !== undefined) rest.push(message)
    const msg = rest.length === 0 && err !== undefined ? messageOf(err) : textOf(target, rest)
    write(target, level, err, msg, fields)
  }

  const to =
    (name: string) =>
    (...args: unknown[]) => {
      say(name, args)
      return like
    }
  const like: WinstonLike = {
    levels,
    get level(): string {
      return (logger ?? current()).level
    },
    set level(name: string) {
      const level = levelOf(name)
      if (level === undefined)
        throw optionError('level', `one of ${Object.keys(levels).join(', ')}`, name)
      ;(logger ?? current()).level = level
    },
    log(...args) {
      const [first, ...rest] = args
      if (isPlainObject(first)) say(first['level'], args)
      else say(first, rest)
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
