import type { Socket } from 'node:net'

/** The requests under way on one connection of HTTP/1: several, where a client does not wait for the answer before. */
export interface ConnectionRequests {
  /** Each is told when the socket closes: a response that waits behind another one gets no event of its own. */
  readonly open: Set<{ closed(): void }>
  /** How many bytes had been sent on it when the last answer was complete. */
  sentBytes: number
}

const key: unique symbol = Symbol.for('@clew/connection/v1') as never
interface Watched {
  [key]?: ConnectionRequests
}

/** One listener for each socket: a kept-alive one carries many requests. */
export function requestsOn(socket: Socket): ConnectionRequests {
  const known = (socket as Watched)[key]
  if (known !== undefined) return known
  const requests: ConnectionRequests = { open: new Set(), sentBytes: 0 }
  ;(socket as Watched)[key] = requests
  socket.once('close', () => {
    for (const request of [...requests.open]) request.closed()
  })
  return requests
}
