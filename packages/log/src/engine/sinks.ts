import { isatty } from 'node:tty'
import type { Check } from '../errors.ts'
import { createBounded } from '../formats/bounded.ts'
import type { Encoding } from '../formats/encoding.ts'
import { createJson } from '../formats/json.ts'
import { createKeys } from '../formats/keys.ts'
import { createLogfmt } from '../formats/logfmt.ts'
import { otelAttributes } from '../formats/names.ts'
import { plainPreset } from '../formats/presets.ts'
import { createTerminal, wantsColor } from '../formats/terminal.ts'
import { oneLine } from '../formats/text.ts'
import { levelOf, levelOption } from '../level.ts'
import type { Entry } from '../line/entry.ts'
import { type OtelDestination, otelOf } from '../otel/destination.ts'
import { createOtelWriter } from '../otel/otel-writer.ts'
import { createRecord } from '../otel/record.ts'
import { toFd, toFile } from '../writer/destination.ts'
import { keyOf } from '../writer/pipe.ts'
import { type Place, shareWriter } from '../writer/shared-writer.ts'
import type { Sink } from '../writer/sink.ts'
import { toStream } from '../writer/stream-destination.ts'
import type { Format, LogOptions, OutputOptions } from './options.ts'

type Target = Exclude<NonNullable<OutputOptions['to']>, OtelDestination>

/** What the outputs of one logger have in common. */
interface SinkParts {
  readonly check: Check
  readonly encoding: Encoding
  /** Makes the line that reports how many are missing. */
  readonly lossEntry: (dropped: number) => Entry
}

const outputNames = ['to', 'format', 'level', 'maxBufferBytes', 'reopenOn', 'mkdir'] as const

/** Opens all outputs. */
export function openSinks(parts: SinkParts, outputs: LogOptions['outputs'] = {}): readonly Sink[] {
  const { check } = parts
  if (!Array.isArray(outputs)) return [openSink(parts, 'outputs', outputs as OutputOptions)]
  const sinks: Sink[] = []
  try {
    for (const [index, output] of (outputs as readonly OutputOptions[]).entries()) {
      const option = `outputs[${index}]`
      sinks.push(openSink(parts, option, check.object(option, output)))
    }
    return sinks
  } catch (error) {
    for (const sink of sinks) sink.close?.()
    throw error
  }
}

function openSink(parts: SinkParts, option: string, output: OutputOptions): Sink {
  const { check, encoding, lossEntry } = parts
  const options = check.options(option, output, outputNames)
  const { level, maxBufferBytes = 8_388_608 } = options
  const severity = level === undefined ? 0 : levelOption(check, `${option}.level`, level)
  check.integer(`${option}.maxBufferBytes`, maxBufferBytes, { min: 16_384 })
  const settings = otelOf(options.to)
  if (settings !== undefined) {
    for (const name of ['format', 'reopenOn', 'mkdir'] as const) {
      if (options[name] !== undefined) {
        throw check.error(`${option}.${name}`, 'left out where `to` is otel()', options[name])
      }
    }
    // Whatever the names in lines are: a back end of OpenTelemetry knows these.
    const keys = createKeys(encoding.redaction, otelAttributes)
    const recordOf = createRecord({ ...encoding, keys, preset: plainPreset })
    const writer = createOtelWriter({ ...settings, maxBufferBytes, recordOf, lossEntry })
    return { severity, write: writer.write, writer }
  }
  return openLines(parts, option, { ...options, maxBufferBytes, severity })
}

type LineOutput = OutputOptions & { readonly maxBufferBytes: number; readonly severity: number }

/** An output whose lines are written as strings. */
function openLines(parts: SinkParts, option: string, output: LineOutput): Sink {
  const { check, encoding, lossEntry } = parts
  const { maxBufferBytes, severity, reopenOn, mkdir = false } = output
  const to = (output.to ?? 'stdout') as Target
  const fd = fdOf(to)
  const isTerminal = fd !== undefined && isatty(fd)
  const format = output.format ?? (isTerminal ? 'terminal' : 'json')
  const encode = encoderOf(format, encoding, fd)
  if (encode === undefined) {
    throw check.error(`${option}.format`, 'json, logfmt, terminal or a function', format)
  }
  check.boolean(`${option}.mkdir`, mkdir)
  const isPath = typeof to === 'string' && to !== 'stdout' && to !== 'stderr'
  const ofFiles = 'left out unless `to` is the path of a file'
  if (mkdir && !isPath) throw check.error(`${option}.mkdir`, ofFiles, mkdir)
  if (reopenOn !== undefined) {
    if (!isPath) throw check.error(`${option}.reopenOn`, ofFiles, reopenOn)
    checkSignal(check, `${option}.reopenOn`, reopenOn)
  }
  const place = placeOf(to, mkdir)
  if (place === undefined) {
    throw check.error(`${option}.to`, 'stdout, stderr, a path, a file descriptor or a stream', to)
  }
  const shared = shareWriter(place, maxBufferBytes, (dropped) => encode(lossEntry(dropped)))
  const { writer } = shared
  if (reopenOn !== undefined) shared.reopenOn(reopenOn)
  return {
    severity,
    write: (entry) => writer.write(encode(entry), entry.severity, entry.time),
    writer,
    close: shared.leave,
  }
}

function fdOf(to: Target): number | undefined {
  if (to === 'stdout') return 1
  if (to === 'stderr') return 2
  if (typeof to === 'number') return to
  const { fd } = to as { readonly fd?: unknown }
  return typeof fd === 'number' ? fd : undefined
}

function placeOf(to: Target, mkdir: boolean): Place | undefined {
  if (to === 'stdout') return ofFd(1)
  if (to === 'stderr') return ofFd(2)
  if (typeof to === 'string') {
    return to === '' ? undefined : { key: keyOf(to), open: () => toFile(to, mkdir) }
  }
  if (typeof to === 'number') return Number.isInteger(to) && to >= 0 ? ofFd(to) : undefined
  if (typeof to?.write !== 'function' || typeof to.on !== 'function') return undefined
  // The process's own streams are written to by descriptor: their queue has no bound, and is lost
  // on exit.
  if (to === process.stdout) return ofFd(1)
  if (to === process.stderr) return ofFd(2)
  return { key: to, open: (events) => toStream(to, events) }
}

const ofFd = (fd: number): Place => ({ key: keyOf(fd), open: () => toFd(fd) })

function checkSignal(check: Check, option: string, value: unknown): void {
  const { signals } = process.getBuiltinModule('node:os').constants
  const isSignal = typeof value === 'string' && Object.hasOwn(signals, value)
  if (!isSignal || value === 'SIGKILL' || value === 'SIGSTOP') {
    throw check.error(option, 'the name of a signal that can be handled, such as SIGHUP', value)
  }
}

function encoderOf(
  format: Format,
  encoding: Encoding,
  fd: number | undefined,
): ((entry: Entry) => string) | undefined {
  if (format === 'json') return createJson(encoding)
  if (format === 'logfmt') return createLogfmt(encoding)
  if (format === 'terminal') return createTerminal(encoding, wantsColor(fd))
  if (typeof format !== 'function') return undefined
  const json = createJson(encoding)
  return createBounded(encoding, (entry, msg, fields) => {
    try {
      const { time, severity } = entry
      const line = format({
        time,
        level: levelOf(severity),
        msg,
        fields: Object.fromEntries(fields),
      })
      if (typeof line === 'string') return oneLine(line)
    } catch {
      // A format function that fails must not cost the line.
    }
    return json(entry)
  })
}
