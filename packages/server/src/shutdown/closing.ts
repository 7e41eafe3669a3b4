import type { ShutdownReport } from '../lifecycle/report.ts'
import type { Connection } from '../traffic/connection.ts'
import { sayGoodbye } from '../traffic/goodbye.ts'
import type { Traffic } from '../traffic/traffic.ts'
import { isWebSocket, sayGoingAway } from '../traffic/websocket.ts'

/** From now on, in milliseconds. */
export interface CloseLimits {
  /** Until then idle connections stay open, since a request may be on its way. */
  readonly lingerMs: number
  /** Then the signals of the requests abort. */
  readonly abortMs: number
  /** Then everything is cut. */
  readonly deadlineMs: number
}

export type ClosedConnections = ShutdownReport['connections']

/** How long the client has to close its side of a connection. */
const goodbyeMs = 500

/** Resolves when the last connection is gone. The listener must have stopped accepting. */
export function closeConnections(
  traffic: Traffic,
  limits: CloseLimits,
): Promise<ClosedConnections> {
  const closed = { idle: 0, unused: 0, upgraded: 0, cut: 0 }
  let isLingering = true

  function release(connection: Connection) {
    // If the last response said `Connection: close`, Node closes the connection.
    if (connection.isReleased || (!connection.socket.writable && !connection.isHandshaking)) return
    if (connection.upgradedTo !== undefined) {
      connection.isReleased = true
      closed.upgraded++
      // What it is used for ends with the other side, or at the deadline.
      if (isWebSocket(connection)) sayGoingAway(connection.socket)
      return
    }
    connection.isReleased = true
    closed[connection.served > 0 ? 'idle' : 'unused']++
    leave(connection)
  }

  return new Promise((resolve) => {
    const timers = [
      setTimeout(() => {
        // First what has already arrived is read: timers run before that.
        setImmediate(() => {
          isLingering = false
          for (const connection of traffic.connections) {
            if (connection.requests.first === undefined) release(connection)
          }
        })
      }, limits.lingerMs),
      setTimeout(() => {
        for (const request of traffic.requests()) request.abort()
        for (const request of traffic.leftovers.alive()) request.abort()
      }, limits.abortMs),
      setTimeout(() => {
        for (const { record } of traffic.requests()) record.cause ??= 'cut'
        for (const connection of traffic.connections) {
          if (connection.upgradedTo !== undefined) closed.cut++
          connection.destroy()
        }
      }, limits.deadlineMs),
    ]
    const proceed = (connection?: Connection) => {
      if (connection && !isLingering && connection.requests.first === undefined) release(connection)
      if (traffic.connections.size > 0) return
      for (const timer of timers) clearTimeout(timer)
      resolve(closed)
    }
    traffic.onChange = proceed
    proceed()
  })
}

/** Closes a connection without a request, as its protocol does. */
function leave(connection: Connection): void {
  const { session, socket, isHandshaking } = connection
  if (isHandshaking) {
    // Nothing can be said yet that its client would understand.
    socket.destroy()
  } else if (session === undefined) {
    sayGoodbye(socket, goodbyeMs)
  } else {
    session.close()
    setTimeout(() => connection.destroy(), goodbyeMs).unref()
  }
}
