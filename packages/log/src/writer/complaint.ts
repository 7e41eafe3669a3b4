import { writeSync } from 'node:fs'

/** Writes to stderr what cannot be written in the stream of lines. */
export function complain(message: string): void {
  try {
    writeSync(2, `@clew/log: ${message}\n`)
  } catch {
    // There is no other place to say so.
  }
}
