import { randomBytes } from 'node:crypto'

// Letters, digits and the few signs that ids are made of; nothing that could break a line or a header.
const wellFormed = /^[\w.:/+=@-]{1,128}$/

/** Whether a caller's id can be taken as it is. */
export function wellFormedId(id: unknown): id is string {
  return typeof id === 'string' && wellFormed.test(id)
}

let pool = Buffer.alloc(0)
let used = 0

// 12 random bytes: short, and no two alike. Taken from a pool, since the system call costs more than the id.
export function newId(): string {
  if (used + 12 > pool.length) {
    pool = randomBytes(1536)
    used = 0
  }
  used += 12
  return pool.toString('base64url', used - 12, used)
}
