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
  /**
   * An object with `time`, `level`, `msg` and `fields`, redacted, of at most 4096 bytes. To be read
   * at once: what the line is made of may change.
   */
  readonly json: string
}

export const lines: Topic<WatchedLine> = topicOf('log.line')

const maxLineBytes = 4096

/**
 * Makes the line when somebody reads it, which costs as much as to write it: who looks on does not
 * read thousands a second.
 */
class LazyLine implements WatchedLine {
  readonly time: number
  readonly level: Level
  readonly req: IncomingMessage | undefined
  private readonly entry: Entry
  private readonly jsonOf: (entry: Entry) => string

  constructor(entry: Entry, jsonOf: (entry: Entry) => string) {
    this.time = entry.time
    this.level = levelOf(entry.severity)
    this.req = entry.scope?.request
    this.entry = entry
    this.jsonOf = jsonOf
  }

  get json(): string {
    return this.jsonOf(this.entry)
  }
}

/** Shows each written line, whatever the format of the outputs, with the same redaction. */
export function createWatched(encoding: Encoding): (entry: Entry) => void {
  const bounded = { ...encoding, maxLineBytes, counts: { truncated: 0 } }
  const jsonOf = createBounded(bounded, ({ time, severity }, msg, fields) =>
    JSON.stringify({ time, level: levelOf(severity), msg, fields: Object.fromEntries(fields) }),
  )
  // What cannot be encoded is counted where it is written; the topic drops what a reader throws.
  return (entry) => lines.tell?.(new LazyLine(entry, jsonOf))
}
