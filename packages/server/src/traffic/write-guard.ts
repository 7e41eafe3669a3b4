import type { Server as HttpServer } from 'node:http'
import type { Socket } from 'node:net'
import type { Connection, OpenRequest } from './connection.ts'
import type { Traffic } from './traffic.ts'

/** Cuts responses whose client reads nothing. */
export interface WriteGuard {
  /** Watches the connections of one of Node's servers. */
  watch(http: HttpServer): void
  end(): void
}

/**
 * Cuts responses whose client reads nothing for `writeMs`. Node has no such limit: its
 * `server.timeout` would also cut slow handlers and quiet event streams.
 *
 * Node's socket timer knows best whether bytes moved, since it looks into the system's queue. It is
 * set, to a quarter of the limit, when bytes are found waiting, and not for each request, which
 * would slow down all of them. A connection is cut when its timer kept firing for the whole limit
 * with bytes waiting.
 *
 * @param onCut - called with the oldest request before its connection is destroyed
 */
export function guardWrites(
  traffic: Traffic,
  { writeMs, idleMs }: { readonly writeMs: number; readonly idleMs: number },
  onCut: (request: OpenRequest | undefined) => void,
): WriteGuard {
  if (writeMs === 0) return { watch() {}, end() {} }
  const beatMs = Math.max(1, Math.ceil(writeMs / 4))
  const timer = setInterval(() => {
    for (const connection of traffic.connections) {
      if (isWaiting(connection) && !connection.socket.timeout) connection.socket.setTimeout(beatMs)
    }
  }, beatMs).unref()

  function onTimeout(socket: Socket): void {
    const connection = traffic.of(socket)
    if (!connection) {
      socket.destroy()
    } else if (connection.requests.first === undefined) {
      // With this listener, the end of the keep-alive time is reported here too.
      if (idleMs > 0) socket.destroy()
      else socket.setTimeout(0)
    } else if (isStalled(connection, beatMs, writeMs)) {
      onCut(connection.requests.first)
      traffic.blame(connection, 'timed_out')
      socket.destroy()
    } else {
      socket.setTimeout(isWaiting(connection) ? beatMs : 0)
    }
  }
  return {
    watch(http) {
      http.timeout = 0
      http.on('timeout', onTimeout)
    },
    end: () => clearInterval(timer),
  }
}

/** Bytes of a response wait for the client. HTTP/2 has a guard of its own. */
function isWaiting({ socket, requests, session }: Connection): boolean {
  return requests.first !== undefined && session === undefined && socket.writableLength > 0
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
