import type { Socket } from 'node:net'

/** The requests under way on one connection: several, where a client does not wait for the answer to the one before. */
export interface SocketRequests {
  /** What to call when the socket closes, one for each of them. */
  readonly open: Set<() => void>
  /** How many bytes had been sent on it when the last answer was complete. */
  sentBytes: number
}

const key: unique symbol = Symbol('requests of @clew/log')
interface Watched {
  [key]?: SocketRequests
}

/** One listener for each socket: a kept-alive one carries many requests. */
export function requestsOn(socket: Socket): SocketRequests {
  const known = (socket as Watched)[key]
  if (known !== undefined) return known
  const requests = { open: new Set<() => void>(), sentBytes: 0 }
  ;(socket as Watched)[key] = requests
  socket.once('close', () => {
    for (const closed of [...requests.open]) closed()
  })
  return requests
}
