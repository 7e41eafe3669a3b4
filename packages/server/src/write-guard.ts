import type { Server as HttpServer } from 'node:http'
import type { Socket } from 'node:net'
import type { Connection, Traffic } from './traffic.ts'

/**
 * Cuts responses whose client takes no byte for `writeMs`. Node has no such limit: its `server.timeout` also cuts handlers
 * that think and event streams that are quiet.
 *
 * Node's socket timer knows best whether bytes moved (it looks into the system's queue), so the guard runs it at a quarter of
 * the limit, and cuts when it kept firing for the whole limit with bytes waiting.
 */
export function guardWrites(
  http: HttpServer,
  traffic: Traffic,
  writeMs: number,
  onCut: (connection: Connection) => void,
): void {
  if (writeMs === 0) return
  const beatMs = Math.max(1, Math.ceil(writeMs / 4))
  http.setTimeout(beatMs, (socket: Socket) => {
    const connection = traffic.of(socket)
    if (!connection) {
      socket.destroy()
    } else if (connection.active > 0) {
      if (isStalled(connection, beatMs, writeMs)) {
        onCut(connection)
        socket.destroy()
      } else socket.setTimeout(beatMs)
    } else if (connection.served > 0) {
      // With this listener the end of the keep-alive time arrives here too.
      socket.destroy()
    } else {
      // No request yet: that is limited by the header timeout.
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
  const unbroken = connection.beatAt > 0 && now - connection.beatAt < beatMs * 1.9
  if (!unbroken) connection.stalledAt = now - beatMs
  connection.beatAt = now
  return now - connection.stalledAt >= writeMs - 1
}
