import type { IncomingMessage } from 'node:http'
import type { Topic } from '@clew/internal/observers/observers'
import { topicOf } from '@clew/internal/observers/topic'
import { type Level, levelOf } from '../level.ts'
import type { Entry } from '../line/entry.ts'
import { createBounded } from './bounded.ts'
import type { Encoding } from './encoding.ts'

/** A line as those get it who look on: the debug console. */
export interface WatchedLine {
  readonly time: number
  readonly level: Level
  /** The request in whose scope it was logged. */
  readonly req: IncomingMessage | undefined
  /** An object with `time`, `level`, `msg` and `fields`, redacted, of at most 4096 bytes. */
  readonly json: string
}

export const lines: Topic<WatchedLine> = topicOf('log.line')

const maxLineBytes = 4096

/** Shows each written line, whatever the format of the outputs, with the same redaction. */
export function createWatched(encoding: Encoding): (entry: Entry) => void {
  const bounded = { ...encoding, maxLineBytes, counts: { truncated: 0 } }
  const jsonOf = createBounded(bounded, ({ time, severity }, msg, fields) =>
    JSON.stringify({ time, level: levelOf(severity), msg, fields: Object.fromEntries(fields) }),
  )
  return (entry) => {
    const { time, severity, scope } = entry
    try {
      lines.tell?.({ time, level: levelOf(severity), req: scope?.request, json: jsonOf(entry) })
    } catch {
      // What cannot be encoded is counted where it is written.
    }
  }
}
