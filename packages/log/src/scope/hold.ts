import type { IncomingMessage } from 'node:http'
import { infoSeverity } from '../level.ts'
import { contextsMade } from '../line/context.ts'
import type { LineScope } from '../line/entry.ts'
import type { HeldLine } from '../line/held-line.ts'
import { copyStrings } from '../line/string-copies.ts'
import type { ClosingFields } from './closing-fields.ts'

// In a scope with no more lines than this, it does not matter what their strings are slices of.
const few = 32

/**
 * The lines of a scope that wait for a reason to be written. Bounded; the oldest are dropped first,
 * and counted.
 *
 * `private` and not `#`: V8 defines each `#` name by itself, which takes longer than the rest of
 * opening a scope.
 */
export class Hold {
  /** Whether lines wait: false once released or ended, or while an override applies. */
  holding = true
  released = false
  /** Lines that come after the end are written at once. */
  ended = false
  /** The lowest severity that is written. */
  threshold: number = infoSeverity
  /** The state of levels and overrides that `threshold` and `holding` are made from. */
  version = -1
  /** What `set` has collected for the closing line. */
  closing: ClosingFields | undefined = undefined
  readonly request: IncomingMessage | undefined
  private first: HeldLine | undefined = undefined
  private last: HeldLine | undefined = undefined
  lines = 0
  private bytes = 0
  private lost = 0
  private copies = false
  private readonly born = contextsMade()

  constructor(request: IncomingMessage | undefined) {
    this.request = request
  }

  /** Keeps a line, and drops the oldest when there are too many. */
  keep(line: HeldLine, maxLines: number, maxBytes: number): void {
    const { last } = this
    if (last === undefined) this.first = line
    else last.next = line
    this.last = line
    this.bytes += line.bytes
    if (last === undefined || sharesLess(last, line)) this.bytes += this.sharedBytes(line)
    if (++this.lines > few) {
      copyStrings(this.copies ? line : this.first)
      this.copies = true
    }
    while (this.lines > maxLines || this.bytes > maxBytes) this.dropOldest()
  }

  /** Drops the oldest lines, so that no more than these stay. */
  shrink(maxLines: number): void {
    while (this.lines > maxLines) this.dropOldest()
  }

  private dropOldest(): void {
    const oldest = this.first
    if (oldest === undefined) return
    const { next } = oldest
    this.first = next
    this.lines--
    this.lost++
    if (next === undefined) {
      this.last = undefined
      this.bytes = 0
      return
    }
    this.bytes -= oldest.bytes
    if (sharesLess(oldest, next)) this.bytes -= this.sharedBytes(oldest)
  }

  /**
   * What a line keeps alive beside itself: fields of a child logger, or of a scope in the scope,
   * made since this was opened.
   */
  private sharedBytes({ context, scope }: HeldLine): number {
    let bytes = context.bytesSince(this.born)
    let part: LineScope = scope
    for (; part.outer !== undefined; part = part.outer) bytes += part.bytes
    return bytes
  }

  /**
   * Forgets what it holds, and returns it: the oldest line, which leads to the others, and how many
   * had to be dropped before it.
   */
  take(): { readonly first: HeldLine | undefined; readonly lost: number } {
    const taken = { first: this.first, lost: this.lost }
    this.forget()
    return taken
  }

  /** For the end of its scope: drops what it still holds, and holds nothing any more. */
  end(): void {
    this.ended = true
    this.holding = false
    this.forget()
  }

  private forget(): void {
    this.first = undefined
    this.last = undefined
    this.lines = 0
    this.bytes = 0
    this.lost = 0
    this.copies = false
  }
}

/**
 * Whether one of two successive lines has fields of a logger or of a scope that the other lacks.
 */
function sharesLess(line: HeldLine, next: HeldLine): boolean {
  return line.context !== next.context || line.scope !== next.scope
}
