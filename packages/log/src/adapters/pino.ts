import { types } from 'node:util'
import { current } from '../ambient.ts'
import { optionError } from '../errors.ts'
import type { Level } from '../level.ts'
import type { Fields } from '../line.ts'
import type { Logger } from '../logger.ts'
import type { LoggerState } from '../root.ts'
import { messageOf } from '../statement.ts'
import { textOf, write } from './adapter.ts'
import { type Serializers, serialized } from './serializers.ts'

/** Options of a pino-shaped child. */
export interface PinoChildOptions {
  /** The level of the child alone. Lines below the level of the logger are not written all the same. */
  readonly level?: string
  /** What a field of this name becomes. */
  readonly serializers?: Serializers
  readonly msgPrefix?: string
}

/** What takes a pino logger takes this: Fastify's `loggerInstance`, pino-http's `logger`. */
export interface PinoLike {
  /** Read it, or change the level of the logger and all its relatives; of a child with a level of its own, that one. */
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
  /** The least that it writes, where that is not the logger's. */
  least: number | undefined
  readonly hasOwnLevel: boolean
  readonly serializers: Serializers
  readonly prefix: string
}

/** A pino-shaped logger: `info('text %s', …)`, `info({ fields }, 'text')`, `info(error, 'text')`. */
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

  function say(label: string, first: unknown, rest: readonly unknown[]): void {
    const level = levelNamed(label)
    const to = target()
    if ((values[label] ?? 0) < (state.least ?? 0) || !to.isEnabled(level)) return
    const text = (args: readonly unknown[]) => state.prefix + textOf(to, args)
    if (types.isNativeError(first)) {
      write(to, level, first, rest.length > 0 ? text(rest) : messageOf(first), undefined)
    } else if (typeof first === 'object' && first !== null) {
      const { err, ...fields } = serialized(first as Fields, state.serializers)
      const { msg, ...others } = fields
      const given = rest.length > 0 && rest[0] !== undefined
      if (given) write(to, level, err, text(rest), fields)
      else if (typeof msg === 'string') write(to, level, err, state.prefix + msg, others)
      else write(to, level, err, state.prefix + (err === undefined ? '' : messageOf(err)), fields)
    } else {
      const args = first === undefined || first === null ? rest : [first, ...rest]
      write(to, level, undefined, text(args), undefined)
    }
  }

  const to =
    (label: string) =>
    (first?: unknown, ...rest: unknown[]) =>
      say(label, first, rest)
  return {
    levels,
    get level(): string {
      return state.least === undefined ? target().level : nameOf(state.least)
    },
    set level(label: string) {
      const isSilent = label === 'silent'
      if (isSilent || state.hasOwnLevel) state.least = leastOf('level', label)
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
      const own = serialized(bindings, state.serializers)
      state.bindings = { ...state.bindings, ...own }
      state.logger = target().child(own)
    },
    flush(callback) {
      ;(target() as LoggerState).root.flush()
      callback?.()
    },
    child(bindings, options = {}) {
      const { level, msgPrefix = '' } = options
      if ('redact' in options && options.redact !== undefined) {
        throw optionError('redact', 'given to create, for all its loggers', options.redact)
      }
      const serializers = { ...state.serializers, ...options.serializers }
      const own = serialized(bindings, serializers)
      return pinoOf({
        // Without fields of its own it goes on finding the logger of the scope.
        logger: Object.keys(own).length === 0 ? state.logger : target().child(own),
        bindings: { ...state.bindings, ...own },
        least: level === undefined ? state.least : leastOf('level', level),
        hasOwnLevel: level !== undefined || state.hasOwnLevel,
        serializers,
        prefix: state.prefix + msgPrefix,
      })
    },
  }
}

/** pino's own two that we have not: trace is debug, and silent is never asked for. */
function levelNamed(label: string): Level {
  return (label === 'trace' ? 'debug' : label) as Level
}

function leastOf(option: string, label: unknown): number {
  if (label === 'silent') return Number.POSITIVE_INFINITY
  const value = typeof label === 'string' ? values[label] : undefined
  if (value === undefined) {
    throw optionError(option, `one of ${Object.keys(values).join(', ')}, silent`, label)
  }
  return value
}

const nameOf = (value: number) => labels[value] ?? 'silent'
