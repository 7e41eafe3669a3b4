import { Snapshot } from '../line.ts'
import type { HeldLine } from './held-line.ts'

/** V8 makes a slice that keeps the whole text alive of what is this long, and copies what is shorter. */
const shortestSlice = 13

/**
 * Makes the texts of a line, and of those held after it, their own: an id cut out of a body of a megabyte keeps the body alive, which no
 * estimate of bytes can see. Costs more than all else about a line, so that only those of a scope that holds many get it.
 */
export function ownTexts(from: HeldLine | undefined): void {
  for (let line = from; line !== undefined; line = line.next) {
    const own = line as { msg: string; readonly pairs: unknown[] } & HeldLine
    own.msg = copied(own.msg)
    ownParts(own.pairs)
    if (own.rest !== undefined) ownParts(own.rest)
  }
}

/** In place: all that a line keeps is a copy. */
function ownParts(parts: object): void {
  const own = parts as Record<string, unknown>
  for (const name in own) {
    const part = own[name]
    if (typeof part === 'string') {
      if (part.length >= shortestSlice) own[name] = copied(part)
    } else if (typeof part === 'object' && part !== null) {
      const tree = Snapshot.treeOf(part) ?? part
      if (typeof tree === 'object' && tree !== null) ownParts(tree)
    }
  }
}

/** Joined, it is written anew as soon as a part of it is asked for. */
function copied(text: string): string {
  return text.length < shortestSlice ? text : ` ${text}`.slice(1)
}
