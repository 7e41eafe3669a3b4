import { monotonicMs } from '../clock.ts'
import { cut } from '../formats/text.ts'
import { type Entry, type Fields, Snapshot } from '../line.ts'
import { below, type PathRules } from '../redaction/path-rules.ts'
import type { Redaction } from '../redaction/redaction.ts'
import { REDACTED } from '../redaction/url-redaction.ts'
import type { SpanContext } from '../span.ts'
import type { Plain } from '../values/plain.ts'
import { isSecret } from '../values/secret.ts'
import { cloneOf } from './clone.ts'
import type { Context } from './context.ts'
import type { Scope } from './scope.ts'
import { sizeOf } from './size.ts'

/** A line that waits: what was true when it was logged. Most are never written, so that keeping one must cost next to nothing. */
export interface HeldLine {
  readonly severity: number
  /** When it was logged, on the monotonic clock. */
  readonly at: number
  readonly msg: string
  /** Names and values of its fields in turn, `size` of them: cheaper than a copy of the object, whose shapes vary. */
  readonly pairs: readonly unknown[]
  readonly size: number
  readonly context: Context
  readonly scope: Scope
  readonly span: SpanContext | undefined
  /** What few lines have. */
  readonly rest: { readonly err: unknown; readonly generated: Fields | undefined } | undefined
  /** Roughly what it takes in memory. */
  readonly bytes: number
  /** The line held after it. */
  next: HeldLine | undefined
}

/** Makes lines that wait, and what else is kept, so that nothing can change them later. */
export interface Keeper {
  /** A line like most: a message, and a literal with fields or none. Undefined when it needs care. */
  lineOf(
    context: Context,
    scope: Scope,
    severity: number,
    msg: string,
    fields: unknown,
    span: SpanContext | undefined,
  ): HeldLine | undefined
  /** Any line. */
  lineOfEntry(entry: Entry, scope: Scope): HeldLine
  /** A copy: nested values are made plain now. */
  copyOf(fields: Fields): Fields
}

// The line itself, its list of fields, and what the allocator adds.
const bareBytes = 256
const none: unknown[] = []

export function createKeeper(
  plain: (value: unknown, rules?: PathRules) => Plain,
  redaction: Redaction,
  maxValueBytes: number,
): Keeper {
  const shortEnough = Math.floor(maxValueBytes / 3)

  // Longer strings in nested values are cut now, not only when they are written.
  const maxLength = Math.min(256, shortEnough)

  // What must be hidden is hidden before: a cut could take away by what it is recognised.
  const shortened = (text: string) => cut(redaction.text(text, maxValueBytes), maxValueBytes)

  function frozen(name: string, value: object): object {
    const rest = below(redaction.paths, name)
    if (rest === 'hide') return new Snapshot(REDACTED)
    try {
      const clone = cloneOf(value, maxLength)
      if (clone !== undefined) return clone
    } catch {
      // A getter that throws is read again, one value at a time.
    }
    return new Snapshot(plain(value, rest))
  }

  function copyOf(fields: Fields): Fields {
    let copy: Record<string, unknown>
    try {
      if (!isLiteral(fields) && isSecret(fields)) return { value: REDACTED }
      copy = { ...fields }
    } catch {
      // Its keys one by one; a proxy may not even have those.
      const tree = plain(fields)
      copy = typeof tree === 'object' ? { ...tree } : { value: tree }
    }
    for (const name in copy) {
      const value = copy[name]
      if (typeof value === 'string') {
        if (value.length > shortEnough) copy[name] = shortened(value)
      } else if (typeof value === 'object' && value !== null) {
        copy[name] = frozen(name, value)
      }
    }
    return copy
  }

  return {
    copyOf,

    lineOf(context, scope, severity, msg, fields, span) {
      let bytes = bareBytes + 2 * msg.length
      let pairs = none
      let size = 0
      if (msg.length > shortEnough) return undefined
      if (fields !== undefined) {
        try {
          if (!isLiteral(fields)) return undefined
          // Room for four fields: growing costs more than all else here.
          pairs = new Array(8)
          for (const name in fields) {
            let value = fields[name]
            bytes += 2 * name.length + 16
            if (typeof value === 'string') {
              bytes += 2 * value.length
              if (value.length > shortEnough) value = shortened(value)
            } else if (typeof value === 'object' && value !== null) {
              value = frozen(name, value)
              bytes += sizeOf(value)
            }
            pairs[size] = name
            pairs[size + 1] = value
            size += 2
          }
        } catch {
          // A getter or a proxy that throws.
          return undefined
        }
      }
      const at = monotonicMs()
      const rest = undefined
      const next = undefined
      return { severity, at, msg, pairs, size, context, scope, span, rest, bytes, next }
    },

    lineOfEntry({ severity, msg: text, fields, err, generated, context, span }, scope) {
      const msg = cut(text, maxValueBytes)
      const pairs = fields === undefined ? [] : Object.entries(copyOf(fields)).flat()
      const size = pairs.length
      const rest = {
        err: typeof err === 'object' && err !== null ? frozen('err', err) : err,
        generated: generated && copyOf(generated),
      }
      let bytes = bareBytes + 2 * msg.length + sizeOf(rest.err)
      for (const part of pairs) bytes += sizeOf(part)
      for (const name in rest.generated) bytes += 2 * name.length + sizeOf(rest.generated[name])
      return {
        severity,
        at: monotonicMs(),
        msg,
        pairs,
        size,
        context,
        scope,
        span,
        rest,
        bytes,
        next: undefined,
      }
    },
  }
}

const noRest = { err: undefined, generated: undefined }

/** The line as any other, `wallOffset` milliseconds after its time on the monotonic clock. */
export function entryOf(line: HeldLine, wallOffset: number): Entry {
  const { severity, at, msg, pairs, size, context, scope, span, rest } = line
  let fields: Record<string, unknown> | undefined
  if (size > 0) {
    fields = {}
    for (let i = 0; i < size; i += 2) define(fields, pairs[i] as string, pairs[i + 1])
  }
  const { err, generated } = rest ?? noRest
  const time = Math.floor(at + wallOffset)
  return { severity, time, msg, err, fields, context, scope, span, generated }
}

/** Whether it is what most callers pass: `{ a: 1 }`. May throw. `getPrototypeOf` would leave compiled code, which costs 20 ns. */
export function isLiteral(fields: unknown): fields is Fields {
  return fields !== null && (fields as object).constructor === Object
}

function define(fields: Record<string, unknown>, name: string, value: unknown): void {
  // Plain assignment would set the prototype.
  if (name === '__proto__') Object.defineProperty(fields, name, { value, enumerable: true })
  else fields[name] = value
}
