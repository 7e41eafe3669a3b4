import type { Writable } from 'node:stream'
import { isatty } from 'node:tty'
import { checkNames, finite, functionIfGiven, positive, yesOrNo } from './checks.ts'
import { optionError } from './errors.ts'
import type { Names } from './formats/names.ts'
import { type Level, levels, severityOf } from './level.ts'
import type { Fields, Line } from './line.ts'
import type { OtelDestination } from './otel/destination.ts'
import type { RedactOptions } from './redaction/redaction.ts'

/** How a line is written. A function returns the line, with or without its line break. */
export type Format = 'json' | 'logfmt' | 'terminal' | ((line: Line) => string)

/** Where lines go. */
export interface OutputOptions {
  /** stdout, stderr, a file descriptor, the path of a file (appended to) or named pipe, any stream, or `otel()`. @defaultValue 'stdout' */
  readonly to?: 'stdout' | 'stderr' | number | Writable | OtelDestination | (string & {})
  /** @defaultValue 'terminal' on a terminal, otherwise 'json' */
  readonly format?: Format
  /** Lines below it do not go here. @defaultValue all that the logger writes */
  readonly level?: Level
  /** Most bytes that wait while the destination is full or broken; of several loggers there, the largest counts. @defaultValue 8_388_608 */
  readonly maxBufferBytes?: number
  /** A signal at which a file is opened again, for log rotation. @defaultValue none */
  readonly reopenOn?: NodeJS.Signals
}

/** When lines wait, how many, and what releases them. */
export interface HoldOptions {
  /** Also hold debug lines, whatever the level: a flight recorder. @defaultValue false */
  readonly debug?: boolean
  /** Most lines that one scope holds; the oldest go first. @defaultValue 200 */
  readonly maxLines?: number
  /** Most bytes that one scope holds, estimated. @defaultValue 262_144 */
  readonly maxBytes?: number
  /** A scope that takes longer is released at its end, in milliseconds. @defaultValue none */
  readonly slowMs?: number
  /** Whether a sampled active span releases its scope: who has the trace wants its lines. @defaultValue true */
  readonly releaseWhenSampled?: boolean
}

/** Options of `create` and `configure`. */
export interface LogOptions {
  /** Lines below it are not written. Can be changed at run time. @defaultValue 'info' */
  readonly level?: Level
  /** Fields of every line, such as the name of the service. */
  readonly fields?: Fields
  /** One output or several. An empty list: silence. @defaultValue `{ to: 'stdout' }` */
  readonly outputs?: OutputOptions | readonly OutputOptions[]
  /** Whether and how the lines of a scope wait. `false`: every line is written at once. */
  readonly hold?: HoldOptions | false
  /** What is hidden. `false`: nothing but secrets. @defaultValue the usual credential names */
  readonly redact?: RedactOptions | false
  /** Called for each line; its fields are added behind the call's own. What it throws is ignored. */
  readonly generate?: () => Fields | undefined
  /** Names of the fields that the logger itself writes: a preset, or `{ msg: 'message', … }`. @defaultValue 'clue' */
  readonly names?: Names
  /** Whether each line says where it was logged, as `file`: `orders/create.ts:12`. Costs some microseconds. @defaultValue false */
  readonly caller?: boolean
  /** Most bytes of one value or message; more is cut and marked. 64 or more. @defaultValue 8192 */
  readonly maxValueBytes?: number
  /** Deepest nesting of a value. @defaultValue 8 */
  readonly maxDepth?: number
  /** Most fields of a line, of an object and items of a list. @defaultValue 200 */
  readonly maxFields?: number
}

export interface HoldSettings {
  readonly debug: boolean
  readonly maxLines: number
  readonly maxBytes: number
  readonly slowMs: number
  readonly releaseWhenSampled: boolean
}

export function levelOption(option: string, value: unknown): number {
  const severity = severityOf(value)
  if (severity === undefined) throw optionError(option, `one of ${levels.join(', ')}`, value)
  return severity
}

const optionNames = [
  'level',
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
]

/** The options of `create`, as far as nobody else looks at them. */
export function checkedOptions(options: LogOptions): LogOptions {
  checkNames('options', options, optionNames)
  const { fields, generate, caller } = options
  if (
    fields !== undefined &&
    (typeof fields !== 'object' || fields === null || Array.isArray(fields))
  ) {
    throw optionError('fields', 'an object', fields)
  }
  functionIfGiven('generate', generate)
  if (caller !== undefined) yesOrNo('caller', caller)
  return options
}

export function limitsOf({ maxValueBytes = 8192, maxDepth = 8, maxFields = 200 }: LogOptions): {
  readonly maxValueBytes: number
  readonly maxDepth: number
  readonly maxFields: number
} {
  return {
    maxValueBytes: finite('maxValueBytes', maxValueBytes, 64),
    maxDepth: finite('maxDepth', maxDepth),
    maxFields: finite('maxFields', maxFields),
  }
}

const outputNames = ['to', 'format', 'level', 'maxBufferBytes', 'reopenOn']

export function outputList(outputs: LogOptions['outputs'] = {}): readonly OutputOptions[] {
  const list = Array.isArray(outputs) ? outputs : [outputs]
  for (const output of list as readonly unknown[]) {
    if (output === undefined) throw optionError('outputs', 'an object or a list of objects', output)
    checkNames('outputs', output, outputNames)
  }
  return list as readonly OutputOptions[]
}

export function signalOption(option: string, value: unknown): void {
  const { signals } = process.getBuiltinModule('node:os').constants
  const isSignal = typeof value === 'string' && Object.hasOwn(signals, value)
  if (!isSignal || value === 'SIGKILL' || value === 'SIGSTOP') {
    throw optionError(option, 'the name of a signal that can be handled, such as SIGHUP', value)
  }
}

const holdNames = ['debug', 'maxLines', 'maxBytes', 'slowMs', 'releaseWhenSampled']

export function holdSettings(options: HoldOptions | false | undefined): HoldSettings | undefined {
  if (options === false) return undefined
  checkNames('hold', options, holdNames)
  const {
    debug = false,
    maxLines = 200,
    maxBytes = 262_144,
    slowMs = Number.POSITIVE_INFINITY,
    releaseWhenSampled = true,
  } = options ?? {}
  yesOrNo('hold.debug', debug)
  yesOrNo('hold.releaseWhenSampled', releaseWhenSampled)
  return {
    debug,
    maxLines: finite('hold.maxLines', maxLines),
    maxBytes: finite('hold.maxBytes', maxBytes),
    slowMs: positive('hold.slowMs', slowMs, 0),
    releaseWhenSampled,
  }
}

export function fdOf(to: OutputOptions['to']): number | undefined {
  if (to === undefined || to === 'stdout') return 1
  if (to === 'stderr') return 2
  if (typeof to === 'number') return to
  const { fd } = to as { readonly fd?: unknown }
  return typeof fd === 'number' ? fd : undefined
}

export function isTerminalOutput(to: OutputOptions['to']): boolean {
  const fd = fdOf(to)
  return fd !== undefined && isatty(fd)
}
