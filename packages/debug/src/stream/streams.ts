import type { ServerResponse } from 'node:http'
import { DebugError } from '../errors.ts'
import type { Watch } from '../watch/watch.ts'
import { type Cursor, idOf } from './cursor.ts'
import type { Sent, TopicName, Topics } from './topics.ts'

export const maxStreams = 4
/** Then it ends, and the client comes back: the guard is asked again. */
const lifetimeMs = 15 * 60_000
/** What waits for a client that does not read. Beyond it, rounds are left out. */
const maxWaitingBytes = 256 * 1024
const retryMs = 2000

/** The event streams of a console. */
export interface Streams {
  /** @throws DebugError `ERR_DEBUG_BUSY`, `ERR_DEBUG_CLOSED` */
  open(res: ServerResponse, topics: ReadonlySet<TopicName>, cursor: Cursor): void
  shutdown(): void
}

export function createStreams(watch: Watch, topics: Topics): Streams {
  const open = new Set<() => void>()
  let closed = false

  return {
    open(res, names, cursor) {
      if (closed) throw new DebugError('ERR_DEBUG_CLOSED', 'the debug console was shut down')
      if (open.size >= maxStreams) {
        const message = `${maxStreams} streams are open: close another console first`
        throw new DebugError('ERR_DEBUG_BUSY', message)
      }
      const sent: Sent = new Map()
      const endsAtMs = performance.now() + lifetimeMs
      const send = () => {
        if (performance.now() > endsAtMs) return end()
        // The cursor stays: what waits is sent later, or counted as missed.
        if (res.writableLength > maxWaitingBytes) return
        const event = topics.event(names, cursor, sent)
        res.write(`id: ${idOf(cursor)}\ndata: ${event}\n\n`)
      }
      const stop = watch.follow(send)
      const left = () => {
        stop()
        open.delete(end)
      }
      const end = () => {
        left()
        res.end()
      }
      open.add(end)
      res.once('close', left)
      res.write(`retry: ${retryMs}\n\n`)
      send()
    },
    shutdown() {
      closed = true
      for (const end of open) end()
    },
  }
}
