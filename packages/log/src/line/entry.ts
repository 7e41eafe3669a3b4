import type { IncomingMessage } from 'node:http'
import type { Level } from '../level.ts'
import type { Plain } from '../values/plain-value.ts'
import { unreadable } from '../values/reading.ts'
import type { Context } from './context.ts'
import { type Fields, toFields } from './fields.ts'
import type { SpanContext } from './span.ts'

/** A line as a format function gets it. */
export interface Line {
  /** When it was logged, in milliseconds since the epoch. */
  readonly time: number
  readonly level: Level
  readonly msg: string
  /**
   * The rest in the order of the line: context, `err`, the call's fields, generated ones. Only what
   * JSON can carry: errors are objects, secrets are hidden, long values are cut.
   */
  readonly fields: Readonly<Record<string, Plain>>
}

/** What a line needs of the scope that it was logged in. */
export interface LineScope {
  readonly fields: Fields
  /** The scope that it is a part of. */
  readonly outer: LineScope | undefined
  readonly request: IncomingMessage | undefined
  /** Names that only the outermost scope gives a value. */
  readonly owned: ReadonlySet<string>
  /** Roughly what its own fields take in memory. */
  readonly bytes: number
  has(name: string): boolean
  /** The fields of `encodedFor` and of the scope in the JSON format, kept between lines. */
  encoded: string
  encodedFor: Context | undefined
}

/** A line on its way: what was true when it was logged, by reference where nothing can change. */
export class Entry {
  readonly time: number
  readonly severity: number
  readonly msg: string
  fields: Fields | undefined
  /** Makes the fields, if the line is written. */
  lazy: (() => unknown) | undefined = undefined
  err: unknown = undefined
  generated: Fields | undefined = undefined
  /** The logger's own fields. With the scope's, they are the context of the line. */
  context!: Context
  scope: LineScope | undefined = undefined
  span: SpanContext | undefined = undefined

  constructor(time: number, severity: number, msg: string, fields: Fields | undefined) {
    this.time = time
    this.severity = severity
    this.msg = msg
    this.fields = fields
  }

  /** Calls the function that makes its fields, once for all outputs. */
  resolve(): void {
    const { lazy } = this
    if (lazy === undefined) return
    this.lazy = undefined
    try {
      this.fields = toFields(lazy())
    } catch (error) {
      this.fields = { value: unreadable(error) }
    }
  }

  /** Says where it was logged. */
  at(context: Context, scope: LineScope | undefined, span: SpanContext | undefined): this {
    this.context = context
    this.scope = scope
    this.span = span
    return this
  }
}
