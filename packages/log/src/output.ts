import { toFd, toFile, toStream } from './destination.ts'
import { type Encoding, fieldsOf } from './entries.ts'
import { optionError } from './errors.ts'
import { createJson } from './json.ts'
import { levelOf } from './level.ts'
import type { Entry } from './line.ts'
import { createLogfmt } from './logfmt.ts'
import {
  type Format,
  fdOf,
  isTerminalOutput,
  levelOption,
  type OutputOptions,
  positive,
} from './options.ts'
import { createTerminal, wantsColor } from './terminal.ts'
import { cut } from './text.ts'
import { createWriter, type Writer } from './writer.ts'

export interface Output {
  /** Lines below it do not go here. */
  readonly severity: number
  readonly encode: (entry: Entry) => string
  readonly writer: Writer
}

/** Opens an output. `lossEntry` makes the line that says how many are missing. */
export function createOutput(
  options: OutputOptions,
  encoding: Encoding,
  lossEntry: (dropped: number) => Entry,
): Output {
  const { to = 'stdout', level, maxBufferBytes = 8_388_608, reopenOn } = options
  const severity = level === undefined ? 0 : levelOption('output.level', level)
  positive('output.maxBufferBytes', maxBufferBytes, 16_384)
  const encode = encoderOf(options.format ?? defaultFormat(to), encoding, fdOf(to))
  const lossLine = (dropped: number) => encode(lossEntry(dropped))
  const writer: Writer = createWriter(
    destinationOf(to, () => writer.resume()),
    maxBufferBytes,
    lossLine,
  )
  if (reopenOn !== undefined) {
    if (typeof to !== 'string' || to === 'stdout' || to === 'stderr') {
      throw optionError('output.reopenOn', 'left out unless `to` is the path of a file', reopenOn)
    }
    process.on(reopenOn, () => writer.reopen())
  }
  return { severity, encode, writer }
}

const defaultFormat = (to: OutputOptions['to']): Format =>
  isTerminalOutput(to) ? 'terminal' : 'json'

function destinationOf(to: NonNullable<OutputOptions['to']>, resume: () => void) {
  if (typeof to === 'string') {
    if (to === '')
      throw optionError('output.to', 'stdout, stderr, a path, a number or a stream', to)
    return to === 'stdout' ? toFd(1) : to === 'stderr' ? toFd(2) : toFile(to)
  }
  if (typeof to === 'number') {
    if (!Number.isInteger(to) || to < 0) throw optionError('output.to', 'a file descriptor', to)
    return toFd(to)
  }
  if (typeof to?.write !== 'function') {
    throw optionError('output.to', 'stdout, stderr, a path, a number or a stream', to)
  }
  // The process's own streams are written to by their descriptor: their queue has no bound, and is lost on exit.
  if (to === process.stdout) return toFd(1)
  if (to === process.stderr) return toFd(2)
  return toStream(to, resume)
}

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
      if (typeof line === 'string') return line.endsWith('\n') ? line : `${line}\n`
    } catch {
      // A format that fails must not cost the line.
    }
    return json(entry)
  }
}
