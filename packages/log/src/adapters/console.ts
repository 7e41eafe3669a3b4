import { monotonicMs } from '@clew/internal/time/clock'
import type { Level } from '../level.ts'
import type { Fields } from '../line/fields.ts'
import { current } from '../logger/default-logger.ts'
import type { Logger } from '../logger/logger.ts'
import { isError } from '../values/reading.ts'
import { isPlainObject, messageText, textOf, write } from './adapter.ts'

/** For whatever accepts a `console`, an OpenTelemetry `DiagLogger` or an AWS SDK `Logger`. */
export interface ConsoleLike {
  trace(...args: unknown[]): void
  verbose(...args: unknown[]): void
  debug(...args: unknown[]): void
  log(...args: unknown[]): void
  info(...args: unknown[]): void
  warn(...args: unknown[]): void
  error(...args: unknown[]): void
  dir(item?: unknown, options?: unknown): void
  dirxml(...args: unknown[]): void
  /** The rows become a field. */
  table(rows?: unknown, columns?: readonly string[]): void
  assert(condition?: unknown, ...args: unknown[]): void
  count(label?: string): void
  countReset(label?: string): void
  /** Its arguments are a line; later lines are not indented. */
  group(...args: unknown[]): void
  groupCollapsed(...args: unknown[]): void
  groupEnd(): void
  time(label?: string): void
  timeLog(label?: string, ...args: unknown[]): void
  timeEnd(label?: string): void
}

// Labels in use; the oldest is dropped first.
const maxLabels = 1000

/**
 * A console that logs: arguments are formatted as `console` does, and an error among them becomes
 * the error of the line. A single object becomes its fields.
 */
export function asConsole(logger?: Logger): ConsoleLike {
  const counts = new Map<string, number>()
  const starts = new Map<string, number>()

  function writeCall(level: Level, args: readonly unknown[]): void {
    const target = logger ?? current()
    // Formatting walks through the arguments: only where the line is written or held.
    if (!target.isEnabled(level)) return
    const at = args.findIndex((arg) => isError(arg))
    const err = at === -1 ? undefined : args[at]
    const others = at === -1 ? args : args.toSpliced(at, 1)
    const [only] = others
    if (others.length === 1 && isPlainObject(only)) {
      write(target, level, { msg: nameOfCommand(only), fields: only, err })
    } else {
      const msg = messageText(target, others, err)
      write(target, level, { msg, err })
    }
  }

  const to =
    (level: Level) =>
    (...args: unknown[]) =>
      writeCall(level, args)
  const put = (msg: string, fields: Fields) => write(logger ?? current(), 'info', { msg, fields })
  function elapsed(label: string, args: readonly unknown[]): void {
    const start = starts.get(label)
    if (start === undefined) return
    const msg = textOf(logger ?? current(), [label, ...args])
    const fields = { time_ms: Math.round(monotonicMs() - start) }
    write(logger ?? current(), 'info', { msg, fields })
  }

  return {
    trace: to('debug'),
    verbose: to('debug'),
    debug: to('debug'),
    log: to('info'),
    info: to('info'),
    warn: to('warn'),
    error: to('error'),
    dir: (item) => writeCall('info', [item]),
    dirxml: to('info'),
    table: (rows) => put('table', rows === undefined ? {} : { rows }),
    assert(condition, ...args) {
      if (condition) return
      const [first, ...rest] = args
      if (typeof first === 'string') writeCall('error', [`Assertion failed: ${first}`, ...rest])
      else writeCall('error', ['Assertion failed', ...args])
    },
    count(label = 'default') {
      const count = (counts.get(label) ?? 0) + 1
      keep(counts, label, count)
      put(label, { count })
    },
    countReset: (label = 'default') => void counts.delete(label),
    group(...args) {
      if (args.length > 0) writeCall('info', args)
    },
    groupCollapsed(...args) {
      if (args.length > 0) writeCall('info', args)
    },
    groupEnd() {},
    time(label = 'default') {
      if (!starts.has(label)) keep(starts, label, monotonicMs())
    },
    timeLog: (label = 'default', ...args) => elapsed(label, args),
    timeEnd(label = 'default') {
      elapsed(label, [])
      starts.delete(label)
    },
  }
}

function keep(map: Map<string, number>, label: string, value: number): void {
  if (map.size >= maxLabels && !map.has(label)) {
    for (const oldest of map.keys()) {
      map.delete(oldest)
      break
    }
  }
  map.set(label, value)
}

/** The message for an object that a client of the AWS SDK logs: `S3Client PutObjectCommand`. */
function nameOfCommand({ clientName, commandName }: Fields): string {
  return [clientName, commandName].filter((name) => typeof name === 'string').join(' ')
}
