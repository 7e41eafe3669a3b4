import type { HeldLine } from './held-line.ts'
import { Snapshot } from './snapshot.ts'

/**
 * From this length on, V8 makes slices that keep the whole string alive; shorter ones it copies.
 */
const shortestSlice = 13

/**
 * Copies the strings of a line, and of those held after it: an id cut out of a body of a megabyte
 * keeps the body alive, which no estimate of bytes can see. Costs more than everything else about a
 * line, so that only those of a scope that holds many get it.
 */
export function copyStrings(from: HeldLine | undefined): void {
  for (let line = from; line !== undefined; line = line.next) {
    const writable = line as { msg: string; readonly pairs: unknown[] } & HeldLine
    writable.msg = copied(writable.msg)
    copyParts(writable.pairs)
    if (writable.rest !== undefined) copyParts(writable.rest)
  }
}

/** In place: everything that a line keeps is a copy. */
function copyParts(parts: object): void {
  const writable = parts as Record<string, unknown>
  for (const name in writable) {
    const part = writable[name]
    if (typeof part === 'string') {
      if (part.length >= shortestSlice) writable[name] = copied(part)
    } else if (typeof part === 'object' && part !== null) {
      const tree = Snapshot.treeOf(part) ?? part
      if (typeof tree === 'object' && tree !== null) copyParts(tree)
    }
  }
}

/** V8 writes a joined string anew as soon as a part of it is read. */
function copied(text: string): string {
  return text.length < shortestSlice ? text : ` ${text}`.slice(1)
}
