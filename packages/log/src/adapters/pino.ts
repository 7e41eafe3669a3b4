import type { Origin } from '../engine/engine.ts'
import { optionsOf } from '../errors.ts'
import type { Level } from '../level.ts'
import type { Fields } from '../line/fields.ts'
import { current } from '../logger/default-logger.ts'
import type { Logger } from '../logger/logger.ts'
import { isError } from '../values/reading.ts'
import { errorText, textOf, write } from './adapter.ts'
import { type Serializers, serialized } from './serializers.ts'

/** Options of a pino-shaped child. */
export interface PinoChildOptions {
  /** The level of the child alone. Lines below the level of the logger are still not written. */
  readonly level?: string
  /** What a field of this name becomes. */
  readonly serializers?: Serializers
  readonly msgPrefix?: string
}

/** For whatever accepts a pino logger: Fastify's `loggerInstance`, pino-http's `logger`. */
export interface PinoLike {
  /**
   * Read it, or assign to change the level of the logger, its parent and all children; of a child
   * with a level of its own, only that.
   */
  level: string
  readonly levelVal: number
  readonly levels: {
    readonly values: Readonly<Record<string, number>>
    readonly labels: Readonly<Record<number, string>>
  }
  readonly msgPrefix: string | undefined
  trace(...args: unknown[]): void
  debug(...args: unknown[]): void
  info(...args: unknown[]): void
  warn(...args: unknown[]): void
  error(...args: unknown[]): void
  fatal(...args: unknown[]): void
  silent(...args: unknown[]): void
  isLevelEnabled(level: string): boolean
  bindings(): Record<string, unknown>
  setBindings(bindings: Fields): void
  /** Writes what is buffered; what a scope holds stays held. */
  flush(callback?: (error?: Error) => void): void
  child(bindings: Fields, options?: PinoChildOptions): PinoLike
}

const values: Readonly<Record<string, number>> = {
  trace: 10,
  debug: 20,
  info: 30,
  warn: 40,
  error: 50,
  fatal: 60,
}
const labels: Readonly<Record<number, string>> = Object.fromEntries(
  Object.entries(values).map(([label, value]) => [value, label]),
)
const levels = { values, labels }

interface State {
  logger: Logger | undefined
  bindings: Fields
  /** The lowest value that it writes, where that is not the logger's. */
  least: number | undefined
  readonly hasOwnLevel: boolean
  readonly serializers: Serializers
  readonly prefix: string
}

/**
 * A pino-shaped logger: `info('message %s', …)`, `info({ fields }, 'message')`, `info(error,
 * 'message')`.
 */
export function asPino(logger?: Logger): PinoLike {
  return pinoOf({
    logger,
    bindings: {},
    least: undefined,
    hasOwnLevel: false,
    serializers: {},
    prefix: '',
  })
}

function pinoOf(state: State): PinoLike {
  const target = () => state.logger ?? current()

  function writeCall(label: string, first: unknown, rest: readonly unknown[]): void {
    const level = levelNamed(label)
    const to = target()
    if ((values[label] ?? 0) < (state.least ?? 0) || !to.isEnabled(level)) return
    const text = (args: readonly unknown[]) => state.prefix + textOf(to, args)
    if (isError(first)) {
      write(to, level, { msg: rest.length > 0 ? text(rest) : errorText(to, first), err: first })
    } else if (typeof first === 'object' && first !== null) {
      const { err, ...fields } = serialized(first as Fields, state.serializers)
      const { msg, ...others } = fields
      const given = rest.length > 0 && rest[0] !== undefined
      if (given) write(to, level, { msg: text(rest), fields, err })
      else if (typeof msg === 'string') {
        write(to, level, { msg: state.prefix + msg, fields: others, err })
      } else {
        const message = err === undefined ? '' : errorText(to, err)
        write(to, level, { msg: state.prefix + message, fields, err })
      }
    } else {
      const args = first === undefined || first === null ? rest : [first, ...rest]
      write(to, level, { msg: text(args) })
    }
  }

  const to =
    (label: string) =>
    (first?: unknown, ...rest: unknown[]) =>
      writeCall(label, first, rest)
  return {
    levels,
    get level(): string {
      return state.least === undefined ? target().level : nameOf(state.least)
    },
    set level(label: string) {
      const isSilent = label === 'silent'
      if (isSilent || state.hasOwnLevel) state.least = leastOf('log.asPino', label)
      else {
        target().level = levelNamed(label)
        state.least = undefined
      }
    },
    get levelVal(): number {
      return state.least ?? values[target().level] ?? 0
    },
    msgPrefix: state.prefix === '' ? undefined : state.prefix,
    trace: to('trace'),
    debug: to('debug'),
    info: to('info'),
    warn: to('warn'),
    error: to('error'),
    fatal: to('fatal'),
    silent() {},
    isLevelEnabled(label) {
      const value = values[label]
      return (
        value !== undefined && value >= (state.least ?? 0) && target().isEnabled(levelNamed(label))
      )
    },
    bindings: () => ({ ...state.bindings }),
    setBindings(bindings) {
      const fields = serialized(bindings, state.serializers)
      state.bindings = { ...state.bindings, ...fields }
      state.logger = target().child(fields)
    },
    flush(callback) {
      ;(target() as Logger & Origin).engine.flush()
      callback?.()
    },
    child(bindings, options = {}) {
      const { level, msgPrefix = '' } = options
      if ('redact' in options && options.redact !== undefined) {
        const expected = 'left out: redact is an option of create, for all its loggers'
        throw optionsOf('log.asPino().child').error('redact', expected, options.redact)
      }
      const serializers = { ...state.serializers, ...options.serializers }
      const fields = serialized(bindings, serializers)
      return pinoOf({
        // Without fields of its own it goes on finding the logger of the scope.
        logger: Object.keys(fields).length === 0 ? state.logger : target().child(fields),
        bindings: { ...state.bindings, ...fields },
        least: level === undefined ? state.least : leastOf('log.asPino().child', level),
        hasOwnLevel: level !== undefined || state.hasOwnLevel,
        serializers,
        prefix: state.prefix + msgPrefix,
      })
    },
  }
}

/** Of the two levels that only pino has, trace is debug, and silent never comes here. */
function levelNamed(label: string): Level {
  return (label === 'trace' ? 'debug' : label) as Level
}

function leastOf(caller: string, label: unknown): number {
  if (label === 'silent') return Number.POSITIVE_INFINITY
  const value = typeof label === 'string' ? values[label] : undefined
  if (value === undefined) {
    const expected = `one of ${Object.keys(values).join(', ')}, silent`
    throw optionsOf(caller).error('level', expected, label)
  }
  return value
}

const nameOf = (value: number) => labels[value] ?? 'silent'
