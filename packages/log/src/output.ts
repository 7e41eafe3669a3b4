import { finite } from './checks.ts'
import { optionError } from './errors.ts'
import { type Encoding, fieldsOf } from './formats/entries.ts'
import { createJson } from './formats/json.ts'
import { createKeys } from './formats/keys.ts'
import { createLogfmt } from './formats/logfmt.ts'
import { otelAttributes } from './formats/names.ts'
import { createTerminal, wantsColor } from './formats/terminal.ts'
import { cut, oneLine } from './formats/text.ts'
import { levelOf } from './level.ts'
import type { Entry } from './line.ts'
import {
  type Format,
  fdOf,
  isTerminalOutput,
  levelOption,
  type OutputOptions,
  signalOption,
} from './options.ts'
import { type OtelDestination, otelOf } from './otel/destination.ts'
import { createRecord } from './otel/record.ts'
import { createOtelSink } from './otel/sink.ts'
import { toFd, toFile } from './writer/destination.ts'
import { keyOf } from './writer/pipe.ts'
import { type Place, shareWriter } from './writer/shared-writer.ts'
import { toStream } from './writer/stream-destination.ts'

/** Where the lines of an output end up. */
export interface Sink {
  write(entry: Entry): void
  /** Writes what can be written now. */
  flush(): void
  /** Resolves when nothing waits any more, or at the deadline. */
  end(deadline: number): Promise<void>
  /** Lines lost since the beginning. */
  readonly dropped: number
}

export interface Output {
  /** Lines below it do not go here. */
  readonly severity: number
  readonly write: (entry: Entry) => void
  readonly writer: Omit<Sink, 'write'>
}

type Target = Exclude<NonNullable<OutputOptions['to']>, OtelDestination>

/** Opens an output. `lossEntry` makes the line that says how many are missing. */
export function createOutput(
  options: OutputOptions,
  encoding: Encoding,
  lossEntry: (dropped: number) => Entry,
): Output {
  const { level, maxBufferBytes = 8_388_608, reopenOn } = options
  const severity = level === undefined ? 0 : levelOption('output.level', level)
  finite('output.maxBufferBytes', maxBufferBytes, 16_384)
  const records = otelOf(options.to)
  if (records !== undefined) {
    for (const option of ['format', 'reopenOn'] as const) {
      if (options[option] !== undefined) {
        throw optionError(`output.${option}`, 'left out where `to` is otel()', options[option])
      }
    }
    // Whatever the names in lines are: a back end of OpenTelemetry knows these.
    const keys = createKeys(encoding.redaction, otelAttributes)
    const recordOf = createRecord({ ...encoding, keys })
    const sink = createOtelSink({ ...records, maxBufferBytes, recordOf, lossEntry })
    return { severity, write: sink.write, writer: sink }
  }
  const to = (options.to ?? 'stdout') as Target
  const encode = encoderOf(options.format ?? defaultFormat(to), encoding, fdOf(to))
  const lossLine = (dropped: number) => encode(lossEntry(dropped))
  if (reopenOn !== undefined) {
    if (typeof to !== 'string' || to === 'stdout' || to === 'stderr') {
      throw optionError('output.reopenOn', 'left out unless `to` is the path of a file', reopenOn)
    }
    signalOption('output.reopenOn', reopenOn)
  }
  const shared = shareWriter(placeOf(to), maxBufferBytes, lossLine)
  const { writer } = shared
  if (reopenOn !== undefined && !shared.signals.has(reopenOn)) {
    process.on(reopenOn, () => writer.reopen())
    shared.signals.add(reopenOn)
  }
  const write = (entry: Entry) => writer.write(encode(entry), entry.severity)
  return { severity, write, writer }
}

const defaultFormat = (to: Target): Format => (isTerminalOutput(to) ? 'terminal' : 'json')

function placeOf(to: Target): Place {
  if (typeof to === 'string') {
    if (to === '')
      throw optionError('output.to', 'stdout, stderr, a path, a number or a stream', to)
    if (to === 'stdout') return ofFd(1)
    return to === 'stderr' ? ofFd(2) : { key: keyOf(to), open: () => toFile(to) }
  }
  if (typeof to === 'number') {
    if (!Number.isInteger(to) || to < 0) throw optionError('output.to', 'a file descriptor', to)
    return ofFd(to)
  }
  if (typeof to?.write !== 'function') {
    throw optionError('output.to', 'stdout, stderr, a path, a number or a stream', to)
  }
  // The process's own streams are written to by their descriptor: their queue has no bound, and is lost on exit.
  if (to === process.stdout) return ofFd(1)
  if (to === process.stderr) return ofFd(2)
  return { key: to, open: (events) => toStream(to, events) }
}

const ofFd = (fd: number): Place => ({ key: keyOf(fd), open: () => toFd(fd) })

function encoderOf(
  format: Format,
  encoding: Encoding,
  fd: number | undefined,
): (entry: Entry) => string {
  if (format === 'json') return createJson(encoding)
  if (format === 'logfmt') return createLogfmt(encoding)
  if (format === 'terminal') return createTerminal(encoding, wantsColor(fd))
  if (typeof format !== 'function') {
    throw optionError('output.format', 'json, logfmt, terminal or a function', format)
  }
  const json = createJson(encoding)
  return (entry) => {
    try {
      const line = format({
        time: entry.time,
        level: levelOf(entry.severity),
        msg: cut(entry.msg, encoding.maxValueBytes),
        fields: Object.fromEntries(fieldsOf(entry, encoding)),
      })
      if (typeof line === 'string') return oneLine(line)
    } catch {
      // A format that fails must not cost the line.
    }
    return json(entry)
  }
}
