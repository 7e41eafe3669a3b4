import type { Socket } from 'node:net'
import { LinkedList, type Listed } from './list.ts'

/** A request in flight, as its connection needs to know it. */
export interface OnConnection extends Listed<OnConnection> {
  closed(): void
}

/** The requests in flight on one HTTP/1 connection: several, if the client pipelines. */
export interface ConnectionRequests {
  /**
   * Notified when the socket closes: a response queued behind another one gets no event of its own.
   */
  readonly open: LinkedList<OnConnection>
  /** Bytes sent on the connection when a response was complete, if another one waited for it. */
  sentBytes: number
}

const key: unique symbol = Symbol.for('@clew/connection/v1') as never
interface Watched {
  [key]?: ConnectionRequests
}

/** Adds one listener per socket, not per request: a keep-alive socket carries many. */
export function requestsOn(socket: Socket): ConnectionRequests {
  const existing = (socket as Watched)[key]
  if (existing !== undefined) return existing
  const requests: ConnectionRequests = { open: new LinkedList(), sentBytes: 0 }
  ;(socket as Watched)[key] = requests
  socket.once('close', () => {
    for (const request of requests.open) request.closed()
  })
  return requests
}
