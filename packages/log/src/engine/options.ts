import type { Writable } from 'node:stream'
import type { Check } from '../errors.ts'
import type { Names } from '../formats/names.ts'
import type { Level } from '../level.ts'
import type { Line } from '../line/entry.ts'
import type { Fields } from '../line/fields.ts'
import type { OtelDestination } from '../otel/destination.ts'
import type { RedactOptions } from '../redaction/redaction.ts'
import type { PlainLimits } from '../values/plain-maker.ts'
import type { LimitOptions } from './limiter.ts'
import type { NamedLevels } from './named-levels.ts'

/** How a line is written. A function returns the line, with or without its line break. */
export type Format = 'json' | 'logfmt' | 'terminal' | ((line: Line) => string)

/** Where lines go. */
export interface OutputOptions {
  /**
   * stdout, stderr, a file descriptor, the path of a file (appended to) or named pipe, any stream,
   * or `otel()`. @defaultValue 'stdout'
   */
  readonly to?: 'stdout' | 'stderr' | number | Writable | OtelDestination | (string & {})
  /** @defaultValue 'terminal' on a terminal, otherwise 'json' */
  readonly format?: Format
  /** Lines below it do not go here. @defaultValue everything that the logger writes */
  readonly level?: Level
  /**
   * The most bytes that wait while the destination is full or broken (integer >= 16_384). Of
   * several loggers that write there, the largest counts. @defaultValue 8_388_608
   */
  readonly maxBufferBytes?: number
  /** A signal at which a file is opened again, for log rotation. @defaultValue none */
  readonly reopenOn?: NodeJS.Signals
  /** Whether the folder of a file is made if there is none. @defaultValue false */
  readonly mkdir?: boolean
}

/** When lines wait, how many, and what releases them. */
export interface HoldOptions {
  /** Also hold debug lines, whatever the level: a flight recorder. @defaultValue false */
  readonly debug?: boolean
  /**
   * The most lines that one scope holds (integer >= 1); the oldest are dropped first. @defaultValue
   * 200
   */
  readonly maxLines?: number
  /** The most bytes that one scope holds, estimated (integer >= 1). @defaultValue 262_144 */
  readonly maxBytes?: number
  /**
   * A scope that takes longer is released at its end, in milliseconds (>= 0). @defaultValue 10_000
   * for a request or call (where the usual histograms end: nobody else can tell how long it took);
   * none for a job and a gRPC stream, which may be meant to last
   */
  readonly slowMs?: number
  /**
   * A request or call whose client has left after so many milliseconds (>= 0), without the
   * beginning of an answer, is released. @defaultValue 1000: who leaves earlier has changed their
   * mind, who leaves later has waited
   */
  readonly abortedMs?: number
  /**
   * A scope that is open for so many milliseconds (>= 0) is released, and a warning says that it is
   * still open. Not a request that is being answered or upgraded, or that has no lines of its own.
   * @defaultValue 30_000 for a request or call (proxies give up after 60 s); none for a job and a
   * gRPC stream
   */
  readonly hangMs?: number
  /**
   * The most lines of open scopes that are written when the process ends (integer >= 0). Of what
   * there is no room for, the number is written. @defaultValue 10_000
   */
  readonly maxLinesAtExit?: number
  /**
   * Whether a sampled active span releases its scope: whoever has the trace gets its lines as well.
   * @defaultValue false: adding traces does not make logs verbose
   */
  readonly releaseWhenSampled?: boolean
}

/** Options of `create` and `configure`. */
export interface LogOptions {
  /** Lines below it are not written. Can be changed at run time. @defaultValue 'info' */
  readonly level?: Level
  /**
   * Levels of children with a name: `{ db: 'debug' }` is that of the children named `db` and
   * `db.pool`. Can be changed at run time. @defaultValue none
   */
  readonly levels?: NamedLevels
  /** Fields of every line, such as the name of the service. @defaultValue none */
  readonly fields?: Fields
  /** One output or several. An empty array: silence. @defaultValue `{ to: 'stdout' }` */
  readonly outputs?: OutputOptions | readonly OutputOptions[]
  /**
   * Whether and how the lines of a scope wait. `false`: every line is written at once.
   * @defaultValue `false` in development: NODE_ENV is `development`, or unset and stdout a terminal;
   * otherwise `true`
   */
  readonly hold?: HoldOptions | boolean
  /** What is hidden. `false`: only secrets. @defaultValue the usual credential names */
  readonly redact?: RedactOptions | false
  /**
   * Called for each line; its fields follow the call's own. What it throws is ignored.
   * @defaultValue none
   */
  readonly generate?: () => Fields | undefined
  /**
   * Names of the fields that the logger itself writes: a preset, or `{ msg: 'message', … }`. Those for
   * Google Cloud and Datadog also have their words for levels, and their forms of errors, requests and
   * trace ids.
   * @defaultValue 'clue'
   */
  readonly names?: Names
  /**
   * Whether each line says where it was logged, as `file`: `orders/create.ts:12`. Costs some
   * microseconds. @defaultValue false
   */
  readonly caller?: boolean
  /**
   * The most bytes of one value or message (integer >= 64); more is cut and marked.
   * @defaultValue 8192
   */
  readonly maxValueBytes?: number
  /**
   * The most bytes of one line with its line break (integer >= 1024), in every format; of a longer one
   * the longest values are cut, and the field `... <truncated>` says which. Docker and containerd split
   * lines at 16 KiB. @defaultValue 16_384
   */
  readonly maxLineBytes?: number
  /**
   * How often lines with the same message are written; of what is left out, a line says how much.
   * Not for errors, `print`, the lines of a scope that is released, and those that end a scope.
   * @defaultValue none: each line is written
   */
  readonly limit?: LimitOptions
  /** Deepest nesting of a value (integer >= 1). @defaultValue 8 */
  readonly maxDepth?: number
  /**
   * The most fields of a line or object, and items of an array (integer >= 1). @defaultValue 200
   */
  readonly maxFields?: number
}

export interface HoldSettings {
  readonly debug: boolean
  readonly maxLines: number
  readonly maxBytes: number
  readonly releaseWhenSampled: boolean
}

/** When a scope has taken too long. `Infinity`: never. */
export interface Patience {
  readonly slowMs: number
  readonly abortedMs: number
  readonly hangMs: number
}

/** What applies to scopes whether they hold lines or not. */
export interface ScopeLimits {
  readonly requests: Patience
  /** Of whatever may be meant to last: jobs and streams. */
  readonly jobs: Patience
  readonly maxLinesAtExit: number
}

const optionNames = [
  'level',
  'levels',
  'fields',
  'outputs',
  'hold',
  'redact',
  'generate',
  'names',
  'caller',
  'maxValueBytes',
  'maxDepth',
  'maxFields',
  'maxLineBytes',
  'limit',
] as const

/** Checks the names of the options, and the values that nobody else checks. */
export function checkedOptions(check: Check, options: LogOptions): LogOptions {
  const checked = check.options('options', options, optionNames)
  const { fields, generate, caller } = checked
  if (fields !== undefined) check.object('fields', fields)
  check.function('generate', generate)
  if (caller !== undefined) check.boolean('caller', caller)
  return checked
}

export function limitsOf(
  check: Check,
  { maxValueBytes = 8192, maxDepth = 8, maxFields = 200 }: LogOptions,
): PlainLimits {
  return {
    maxValueBytes: check.integer('maxValueBytes', maxValueBytes, { min: 64 }),
    maxDepth: check.integer('maxDepth', maxDepth, { min: 1 }),
    maxFields: check.integer('maxFields', maxFields, { min: 1 }),
  }
}

export function lineLimitOf(check: Check, { maxLineBytes = 16_384 }: LogOptions): number {
  return check.integer('maxLineBytes', maxLineBytes, { min: 1024 })
}

const holdNames = [
  'debug',
  'maxLines',
  'maxBytes',
  'slowMs',
  'abortedMs',
  'hangMs',
  'maxLinesAtExit',
  'releaseWhenSampled',
] as const

/** Undefined: nothing is held. */
export function holdSettings(check: Check, hold: HoldOptions | boolean): HoldSettings | undefined {
  if (hold === false) return undefined
  if (hold !== true && (typeof hold !== 'object' || hold === null)) {
    throw check.error('hold', 'an object or a boolean', hold)
  }
  const {
    debug = false,
    maxLines = 200,
    maxBytes = 262_144,
    releaseWhenSampled = false,
  } = hold === true ? {} : check.options('hold', hold, holdNames)
  return {
    debug: check.boolean('hold.debug', debug),
    maxLines: check.integer('hold.maxLines', maxLines, { min: 1 }),
    maxBytes: check.integer('hold.maxBytes', maxBytes, { min: 1 }),
    releaseWhenSampled: check.boolean('hold.releaseWhenSampled', releaseWhenSampled),
  }
}

export function scopeLimits(check: Check, hold: HoldOptions | boolean): ScopeLimits {
  const given = typeof hold === 'boolean' ? {} : hold
  const { slowMs, abortedMs = 1000, hangMs, maxLinesAtExit = 10_000 } = given
  if (slowMs !== undefined) check.number('hold.slowMs', slowMs, { min: 0 })
  check.number('hold.abortedMs', abortedMs, { min: 0 })
  if (hangMs !== undefined) check.number('hold.hangMs', hangMs, { min: 0 })
  const never = Number.POSITIVE_INFINITY
  return {
    requests: { slowMs: slowMs ?? 10_000, abortedMs, hangMs: hangMs ?? 30_000 },
    jobs: { slowMs: slowMs ?? never, abortedMs, hangMs: hangMs ?? never },
    maxLinesAtExit: check.integer('hold.maxLinesAtExit', maxLinesAtExit, { min: 0 }),
  }
}
