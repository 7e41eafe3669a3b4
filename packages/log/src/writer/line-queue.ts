import { warnSeverity } from '../level.ts'

/**
 * Lines that wait for a destination, bounded: the oldest below warn are dropped first, then the
 * oldest.
 */
export interface LineQueue {
  isEmpty(): boolean
  /** Returns how many lines had to be dropped. */
  push(line: string, severity: number): number
  /** Takes lines of about `length` characters together. */
  shift(length: number): string
  /** Forgets all lines, and returns how many. */
  clear(): number
  /** Most bytes that wait. */
  bound(): number
  /** Raises the bound, if it is lower. */
  allow(maxBytes: number): void
}

interface Queued {
  readonly text: string
  readonly bytes: number
  readonly severity: number
}

// What a line takes besides its text: the string, its item, its place in the array.
const queuedBytes = 96

export function createLineQueue(atFirst: number): LineQueue {
  let maxBytes = atFirst
  let items: (Queued | undefined)[] = []
  let head = 0
  // Everything before it that is still there is warn or above.
  let victim = 0
  let bytes = 0
  let size = 0

  function drop(index: number): number {
    const item = items[index]
    if (item === undefined) return 0
    items[index] = undefined
    bytes -= item.bytes
    size--
    return 1
  }

  function makeRoom(): number {
    while (victim < items.length) {
      const item = items[victim]
      if (item !== undefined && item.severity < warnSeverity) return drop(victim++)
      victim++
    }
    while (head < items.length && items[head] === undefined) head++
    return head < items.length ? drop(head++) : 0
  }

  function compact(): void {
    if (items.length < 1024 || size * 2 > items.length) return
    const before = items.slice(0, victim).filter((item) => item !== undefined).length
    items = items.filter((item) => item !== undefined)
    head = 0
    victim = before
  }

  return {
    bound: () => maxBytes,
    allow(bytes) {
      maxBytes = Math.max(maxBytes, bytes)
    },
    isEmpty: () => size === 0,
    push(text, severity) {
      const item = { text, bytes: Buffer.byteLength(text) + queuedBytes, severity }
      if (item.bytes > maxBytes) return 1
      items.push(item)
      bytes += item.bytes
      size++
      let lost = 0
      while (bytes > maxBytes) lost += makeRoom()
      if (lost > 0) compact()
      return lost
    },
    shift(length) {
      let text = ''
      while (head < items.length && text.length < length) {
        text += items[head]?.text ?? ''
        drop(head)
        head++
      }
      if (victim < head) victim = head
      if (head === items.length) {
        items = []
        head = 0
        victim = 0
      }
      return text
    },
    clear() {
      const lines = size
      items = []
      head = 0
      victim = 0
      bytes = 0
      size = 0
      return lines
    },
  }
}
