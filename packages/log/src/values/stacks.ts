import { cutStack } from '../truncation.ts'

/** A stack whose place in a value is known, and its length not yet. */
interface OpenStack {
  readonly tree: Record<string, unknown>
  readonly text: string
}

/**
 * The stacks of the errors in one value. They share what all else has left over: the paths in them
 * may be long, and an error says more by its causes and members than by its last frames.
 */
export class Stacks {
  private readonly open: OpenStack[] = []
  private readonly maxValueBytes: number
  private charged = 0

  constructor(maxValueBytes: number) {
    this.maxValueBytes = maxValueBytes
  }

  /**
   * Adds the stack of an error.
   * @returns the bytes that are charged for it in advance, so that a list of errors ends some time
   */
  add(tree: Record<string, unknown>, text: string): number {
    this.open.push({ tree, text })
    const bytes = Math.min(text.length, Math.floor(this.maxValueBytes / 8))
    this.charged += bytes
    return bytes
  }

  /** Writes each stack, those that are too long for an equal share without their last frames. */
  write(left: number): void {
    const { open } = this
    if (open.length === 0) return
    // A few are readable even where nothing is left.
    const least = Math.floor(this.maxValueBytes / 4) * Math.min(open.length, 8)
    let room = Math.max(left + this.charged, least)
    let count = open.length
    // From the shortest on, so that what one does not need goes to the others.
    for (const { tree, text } of open.toSorted((a, b) => a.text.length - b.text.length)) {
      const stack = cutStack(text, Math.floor(room / count))
      tree['stack'] = stack
      room -= Math.min(stack.length, room)
      count--
    }
  }
}
