import { format, types } from 'node:util'
import { current } from './ambient.ts'
import type { Level } from './level.ts'
import type { Fields } from './line.ts'
import type { Logger } from './logger.ts'

import type { LoggerState } from './root.ts'

/** What takes a `console`, an OpenTelemetry `DiagLogger` or an AWS SDK `Logger` takes this. */
export interface ConsoleLike {
  trace(...args: unknown[]): void
  verbose(...args: unknown[]): void
  debug(...args: unknown[]): void
  log(...args: unknown[]): void
  info(...args: unknown[]): void
  warn(...args: unknown[]): void
  error(...args: unknown[]): void
}

/**
 * A console that logs: arguments are formatted as `console` does, and an error among them becomes the error of the line. An object alone
 * becomes its fields.
 */
export function asConsole(logger?: Logger): ConsoleLike {
  const to =
    (level: Level) =>
    (...args: unknown[]) => {
      const at = args.findIndex((arg) => types.isNativeError(arg))
      const target = logger ?? current()
      // Formatting walks through the arguments: not for nothing.
      if (!target.isEnabled(level)) return
      const err = at === -1 ? undefined : args[at]
      const words = at === -1 ? args : args.toSpliced(at, 1)
      const [only] = words
      if (words.length === 1 && isPlainObject(only)) {
        write(target, level, err, nameOfCommand(only), only)
      } else write(target, level, err, message(target, words), undefined)
    }
  const [debug, info] = [to('debug'), to('info')]
  return {
    trace: debug,
    verbose: debug,
    debug,
    log: info,
    info,
    warn: to('warn'),
    error: to('error'),
  }
}

/** What takes a pino logger takes this: Fastify's `loggerInstance`, for one. */
export interface PinoLike {
  /** Read it, or change the level of the logger and all its relatives. */
  level: string
  trace(...args: unknown[]): void
  debug(...args: unknown[]): void
  info(...args: unknown[]): void
  warn(...args: unknown[]): void
  error(...args: unknown[]): void
  fatal(...args: unknown[]): void
  silent(...args: unknown[]): void
  child(bindings: Fields, options?: unknown): PinoLike
}

/** A pino-shaped logger: `info('text %s', …)`, `info({ fields }, 'text')`, `info(error, 'text')`. */
export function asPino(logger?: Logger): PinoLike {
  const to =
    (level: Level) =>
    (first?: unknown, ...rest: unknown[]) => {
      const target = logger ?? current()
      if (!target.isEnabled(level)) return
      if (types.isNativeError(first)) {
        const msg = rest.length > 0 ? message(target, rest) : first.message
        write(target, level, first, msg, undefined)
      } else if (typeof first === 'object' && first !== null) {
        const { err, ...fields } = serialized(first as Fields)
        write(target, level, err, message(target, rest), fields)
      } else write(target, level, undefined, message(target, [first, ...rest]), undefined)
    }
  return {
    get level(): string {
      return (logger ?? current()).level
    },
    set level(level: string) {
      const target = logger ?? current()
      // pino's own two that we have not.
      target.level = (level === 'trace' ? 'debug' : level === 'silent' ? 'fatal' : level) as Level
    },
    trace: to('debug'),
    debug: to('debug'),
    info: to('info'),
    warn: to('warn'),
    error: to('error'),
    fatal: to('fatal'),
    silent() {},
    child: (bindings) => asPino((logger ?? current()).child(serialized(bindings))),
  }
}

function write(
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

function message(logger: Logger, args: readonly unknown[]): string {
  try {
    return args.length === 0 ? '' : format(...args.map((arg) => withoutSecrets(logger, arg)))
  } catch {
    return '[Unreadable]'
  }
}

/** What becomes text is out of reach of redaction: it is hidden before. */
function withoutSecrets(logger: Logger, arg: unknown): unknown {
  if (!isPlainObject(arg) && !Array.isArray(arg)) return arg
  const { plain, redaction } = (logger as LoggerState).root.encoding
  return plain(arg, redaction.paths)
}

function isPlainObject(value: unknown): value is Fields {
  if (typeof value !== 'object' || value === null || types.isProxy(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** A client of the AWS SDK logs an object that says what it did: `S3Client PutObjectCommand`. */
function nameOfCommand({ clientName, commandName }: Fields): string {
  return [clientName, commandName].filter((name) => typeof name === 'string').join(' ')
}

// What Fastify logs of a request and an answer are the live objects: pino has serializers for them.
function serialized(fields: Fields): Record<string, unknown> {
  const out: Record<string, unknown> = { ...fields }
  const { req, res } = out as { req?: FastifyRequest; res?: { statusCode?: unknown } }
  if (req?.raw !== undefined) {
    out['req'] = { method: req.method, url: req.url, remoteAddress: req.ip }
  }
  if (res !== undefined && typeof res?.statusCode === 'number') {
    out['res'] = { statusCode: res.statusCode }
  }
  return out
}

interface FastifyRequest {
  readonly raw?: unknown
  readonly method?: unknown
  readonly url?: unknown
  readonly ip?: unknown
}
