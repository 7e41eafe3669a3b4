import { writeSync } from 'node:fs'

/** Says on stderr what cannot be said in the stream of lines. */
export function complain(what: string): void {
  try {
    writeSync(2, `@clew/log: ${what}\n`)
  } catch {
    // There is nobody left to tell.
  }
}
