import { randomBytes } from 'node:crypto'
import type { Check } from '../errors.ts'
import { guarded } from './attempt.ts'

// Letters, digits and the few signs that ids are made of; nothing that could break a line or a
// header.
const wellFormed = /^[\w.:/+=@-]{1,128}$/

/** Whether a caller's id can be taken as it is. */
function isWellFormedId(id: unknown): id is string {
  return typeof id === 'string' && wellFormed.test(id)
}

/**
 * Checks the option `requestId`, and returns a function that makes the id of a request: of
 * `source`, from which a function of the user's makes one, and of the id that the client `sent`.
 */
export function requestIdOf<T>(
  check: Check,
  requestId: boolean | ((source: T) => string | undefined),
): (source: T, sent: unknown) => string | undefined {
  if (typeof requestId !== 'boolean' && typeof requestId !== 'function') {
    throw check.error('requestId', 'true, false or a function', requestId)
  }
  if (requestId === false) return () => undefined
  const customId = typeof requestId === 'function' ? guarded(requestId) : () => undefined
  return (source, sent) => {
    const custom = customId(source)
    if (isWellFormedId(custom)) return custom
    return isWellFormedId(sent) ? sent : randomId()
  }
}

let pool = Buffer.alloc(0)
let used = 0

/**
 * 12 random bytes: short, and unique. Taken from a pool, since the system call costs more than the
 * id.
 */
function randomId(): string {
  if (used + 12 > pool.length) {
    pool = randomBytes(1536)
    used = 0
  }
  used += 12
  return pool.toString('base64url', used - 12, used)
}
