import { monotonicMs } from '@clew/internal/time/clock'
import type { Context } from './context.ts'
import { Entry, type LineScope } from './entry.ts'
import { type Fields, setField } from './fields.ts'
import type { SpanContext } from './span.ts'

// The line itself, its list of fields, and what the allocator adds.
const bareBytes = 256

interface Rest {
  readonly err: unknown
  readonly generated: Fields | undefined
  readonly lazy: (() => unknown) | undefined
}

/**
 * A line that waits: what was true when it was logged. Most are never written, so that keeping one
 * must cost next to nothing.
 */
export class HeldLine {
  readonly severity: number
  readonly msg: string
  /**
   * Names and values of its fields in turn, `size` of them: cheaper than a copy of the object,
   * whose shapes vary.
   */
  readonly pairs: readonly unknown[]
  readonly size: number
  /** When it was logged, on the monotonic clock. */
  readonly loggedMs: number = monotonicMs()
  /** Roughly what it takes in memory. */
  bytes: number
  context!: Context
  scope!: LineScope
  span: SpanContext | undefined = undefined
  /** What few lines have. */
  rest: Rest | undefined = undefined
  /** The line held after it. */
  next: HeldLine | undefined = undefined

  constructor(severity: number, msg: string, pairs: readonly unknown[], size: number) {
    this.severity = severity
    this.msg = msg
    this.pairs = pairs
    this.size = size
    this.bytes = bareBytes + 2 * msg.length
  }

  /** Says where it was logged. */
  at(context: Context, scope: LineScope, span: SpanContext | undefined): this {
    this.context = context
    this.scope = scope
    this.span = span
    return this
  }

  /** The line as any other, `wallOffset` milliseconds after its time on the monotonic clock. */
  entry(wallOffset: number): Entry {
    const { severity, msg, pairs, size, rest } = this
    let fields: Record<string, unknown> | undefined
    if (size > 0) {
      fields = {}
      for (let i = 0; i < size; i += 2) setField(fields, pairs[i] as string, pairs[i + 1])
    }
    const entry = new Entry(Math.floor(this.loggedMs + wallOffset), severity, msg, fields)
    if (rest !== undefined) {
      entry.err = rest.err
      entry.generated = rest.generated
      entry.lazy = rest.lazy
    }
    return entry.at(this.context, this.scope, this.span)
  }
}
