import { randomBytes } from 'node:crypto'

/** How far a stream has been sent: the number of the next item of each ring. Undefined: from the oldest. */
export interface Cursor {
  points: number | undefined
  requests: number | undefined
  lines: number | undefined
}

// Numbers of another process say nothing here.
const instance = randomBytes(4).toString('hex')
const pattern = /^([0-9a-f]{8})-(\d{1,15})-(\d{1,15})-(\d{1,15})$/

/** The `id` of an event, which a client that comes back sends as `Last-Event-ID`. */
export const idOf = ({ points = 0, requests = 0, lines = 0 }: Cursor): string =>
  `${instance}-${points}-${requests}-${lines}`

/** Where a client goes on; from the oldest, for one that is new or comes from another process. */
export function cursorOf(lastEventId: unknown): Cursor {
  const match = typeof lastEventId === 'string' ? pattern.exec(lastEventId) : null
  if (match?.[1] !== instance) return { points: undefined, requests: undefined, lines: undefined }
  return { points: Number(match[2]), requests: Number(match[3]), lines: Number(match[4]) }
}
