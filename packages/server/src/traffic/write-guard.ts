import type { Server as HttpServer } from 'node:http'
import type { Socket } from 'node:net'
import type { Connection, OpenRequest } from './connection.ts'
import type { Traffic } from './traffic.ts'

/**
 * Cuts responses whose client reads nothing for `writeMs`. Node has no such limit: its
 * `server.timeout` would also cut slow handlers and quiet event streams.
 *
 * Node's socket timer knows best whether bytes moved, since it looks into the system's queue. The
 * guard runs it at a quarter of the limit, and cuts a connection when the timer kept firing for the
 * whole limit with bytes waiting.
 *
 * @param onCut - called with the oldest request before its connection is destroyed
 */
export function guardWrites(
  http: HttpServer,
  traffic: Traffic,
  { writeMs, idleMs }: { readonly writeMs: number; readonly idleMs: number },
  onCut: (request: OpenRequest | undefined) => void,
): void {
  if (writeMs === 0) return
  const hasIdleLimit = idleMs > 0
  const beatMs = Math.max(1, Math.ceil(writeMs / 4))
  http.setTimeout(beatMs, (socket: Socket) => {
    const connection = traffic.of(socket)
    if (!connection) {
      socket.destroy()
    } else if (connection.requests.length > 0) {
      if (isStalled(connection, beatMs, writeMs)) {
        onCut(connection.requests[0])
        traffic.blame(connection, 'timed_out')
        socket.destroy()
      } else socket.setTimeout(beatMs)
    } else if (connection.served > 0 && hasIdleLimit) {
      // With this listener, the end of the keep-alive time is reported here too.
      socket.destroy()
    } else {
      // No request yet: the header timeout limits that. Or it may be idle for ever.
      socket.setTimeout(beatMs)
    }
  })
}

function isStalled(connection: Connection, beatMs: number, writeMs: number): boolean {
  if (connection.socket.writableLength === 0) {
    connection.beatAt = 0
    return false
  }
  const now = performance.now()
  // A late beat means that bytes moved in between and restarted the timer.
  const isUnbroken = connection.beatAt > 0 && now - connection.beatAt < beatMs * 1.9
  if (!isUnbroken) connection.stalledAt = now - beatMs
  connection.beatAt = now
  return now - connection.stalledAt >= writeMs - 1
}
