import type { Redaction } from '../redaction/redaction.ts'
import { redacted } from '../redaction/text-names.ts'
import { cut } from '../truncation.ts'
import { hiddenValue } from '../values/hidden-value.ts'
import type { MakePlain } from '../values/plain-maker.ts'
import { isSecret } from '../values/secret.ts'
import { cloneOf } from './clone.ts'
import type { Entry } from './entry.ts'
import { type Fields, isLiteral } from './fields.ts'
import { HeldLine } from './held-line.ts'
import { sizeOf } from './size.ts'
import { Snapshot } from './snapshot.ts'

const none: unknown[] = []

/**
 * Makes lines that wait, and copies of what else is kept, so that nothing can change them later.
 */
export class Keeper {
  private readonly plain: MakePlain
  private readonly redaction: Redaction
  private readonly maxValueBytes: number
  private readonly shortEnough: number
  /** Longer strings in nested values are cut now, not only when they are written. */
  private readonly maxNestedLength: number

  constructor(plain: MakePlain, redaction: Redaction, maxValueBytes: number) {
    this.plain = plain
    this.redaction = redaction
    this.maxValueBytes = maxValueBytes
    this.shortEnough = Math.floor(maxValueBytes / 3)
    this.maxNestedLength = Math.min(256, this.shortEnough)
  }

  /**
   * A line like most: a message, and a literal with fields or none. Undefined where it needs care.
   */
  lineOf(severity: number, msg: string, fields: unknown): HeldLine | undefined {
    const { shortEnough } = this
    if (msg.length > shortEnough) return undefined
    if (fields === undefined) return new HeldLine(severity, msg, none, 0)
    let bytes = 0
    // Room for four fields: growing costs more than everything else here.
    const pairs: unknown[] = new Array(8)
    let size = 0
    try {
      if (!isLiteral(fields)) return undefined
      for (const name in fields) {
        let value = fields[name]
        bytes += 2 * name.length + 16
        if (typeof value === 'string') {
          bytes += 2 * value.length
          if (value.length > shortEnough) value = this.shortened(value)
        } else if (typeof value === 'object' && value !== null) {
          value = this.frozen(name, value)
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
    const line = new HeldLine(severity, msg, pairs, size)
    line.bytes += bytes
    return line
  }

  /** Any line. */
  lineOfEntry({ severity, msg, fields, lazy, err, generated }: Entry): HeldLine {
    const pairs = fields === undefined ? none : Object.entries(this.copyOf(fields)).flat()
    const line = new HeldLine(severity, this.shortened(msg), pairs, pairs.length)
    const rest = {
      err: typeof err === 'object' && err !== null ? this.frozen('err', err) : err,
      generated: generated && this.copyOf(generated),
      lazy,
    }
    line.rest = rest
    line.bytes += sizeOf(rest.err)
    for (const part of pairs) line.bytes += sizeOf(part)
    for (const name in rest.generated) {
      line.bytes += 2 * name.length + sizeOf(rest.generated[name])
    }
    return line
  }

  /** A copy, in which nested values are made plain now. */
  copyOf(fields: Fields): Fields {
    let copy: Record<string, unknown>
    try {
      if (!isLiteral(fields) && isSecret(fields)) return { value: redacted }
      copy = { ...fields }
    } catch {
      // Its keys one by one; a proxy may not even have those.
      const tree = this.plain(fields)
      copy = typeof tree === 'object' ? { ...tree } : { value: tree }
    }
    for (const name in copy) {
      const value = copy[name]
      if (typeof value === 'string') {
        if (value.length > this.shortEnough) copy[name] = this.shortened(value)
      } else if (typeof value === 'object' && value !== null) {
        copy[name] = this.frozen(name, value)
      }
    }
    return copy
  }

  /** Redacted before it is cut: a cut could remove what a credential is recognised by. */
  private shortened(text: string): string {
    return cut(this.redaction.text(text, this.maxValueBytes), this.maxValueBytes)
  }

  private frozen(name: string, value: object): object {
    const { redaction, plain } = this
    const rest = redaction.field(name)
    if (rest === 'hide' || redaction.hidesField(name)) {
      const hidden = hiddenValue(redaction, plain, name, () => value)
      return new Snapshot(hidden === undefined ? redacted : hidden)
    }
    try {
      const clone = cloneOf(value, this.maxNestedLength)
      if (clone !== undefined) return clone
    } catch {
      // A getter that throws is read again, one value at a time.
    }
    return new Snapshot(plain(value, rest))
  }
}
