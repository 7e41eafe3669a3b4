import { Writable } from 'node:stream'
import { create, type Fields, type Line, type Logger, type LogOptions } from '@clew/log'

/** A logger whose lines can be read as soon as they are written. */
export function memory(options: LogOptions = {}): {
  readonly logger: Logger
  readonly lines: Line[]
  /** The messages so far. */
  readonly messages: () => string[]
} {
  const lines: Line[] = []
  const format = (line: Line) => {
    lines.push(line)
    return ''
  }
  const logger = create({ level: 'info', ...options, outputs: { to: sink, format } })
  return { logger, lines, messages: () => lines.map((line) => line.msg) }
}

/** A logger whose output can be read. */
export function text(
  format: 'json' | 'logfmt' | 'terminal',
  options: LogOptions = {},
): { readonly logger: Logger; readonly read: () => string; readonly rows: () => Fields[] } {
  const chunks: Buffer[] = []
  const to = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk)
      done()
    },
  })
  const logger = create({ ...options, outputs: { to, format } })
  const read = () => {
    logger.flush()
    return Buffer.concat(chunks).toString()
  }
  const rows = () =>
    read()
      .split('\n')
      .slice(0, -1)
      .map((row) => JSON.parse(row) as Fields)
  return { logger, read, rows }
}

const sink = new Writable({ write: (_chunk, _encoding, done) => done() })
sink.setMaxListeners(0)
