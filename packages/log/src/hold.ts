import type { IncomingMessage } from 'node:http'
import type { HeldLine } from './held-line.ts'
import { INFO } from './level.ts'
import type { Fields } from './line.ts'
import { ownTexts } from './own-text.ts'

// A scope with no more lines than this does not care what their texts are cut out of.
const few = 32

/**
 * The lines of a scope that wait for a reason to be written. Bounded; the oldest go first, counted.
 *
 * `private` and not `#`: V8 defines each `#` name by itself, which takes longer than the rest of opening a scope.
 */
export class Hold {
  /** Whether lines wait: false once released, or while an override applies. */
  holding = true
  released = false
  /** The lowest severity that is written. */
  threshold: number = INFO
  /** The state of levels and overrides that `threshold` and `holding` are made from. */
  version = -1
  /** What `set` has collected for the closing line. */
  closing: Fields | undefined = undefined
  readonly request: IncomingMessage | undefined
  private first: HeldLine | undefined = undefined
  private last: HeldLine | undefined = undefined
  private lines = 0
  private bytes = 0
  private lost = 0
  private owns = false

  constructor(request: IncomingMessage | undefined) {
    this.request = request
  }

  /** Keeps a line, and lets the oldest go when there are too many. */
  keep(line: HeldLine, maxLines: number, maxBytes: number): void {
    if (this.last === undefined) this.first = line
    else this.last.next = line
    this.last = line
    this.bytes += line.bytes
    if (++this.lines > few) {
      ownTexts(this.owns ? line : this.first)
      this.owns = true
    }
    while (this.lines > maxLines || this.bytes > maxBytes) this.dropOldest()
  }

  private dropOldest(): void {
    const oldest = this.first
    if (oldest === undefined) return
    this.first = oldest.next
    if (this.first === undefined) this.last = undefined
    this.lines--
    this.bytes -= oldest.bytes
    this.lost++
  }

  /** Forgets what it holds, and returns it: the oldest line, which leads to the others, and how many had to go before it. */
  take(): { readonly first: HeldLine | undefined; readonly lost: number } {
    const taken = { first: this.first, lost: this.lost }
    this.forget()
    return taken
  }

  forget(): void {
    this.first = undefined
    this.last = undefined
    this.lines = 0
    this.bytes = 0
    this.lost = 0
    this.owns = false
  }
}
