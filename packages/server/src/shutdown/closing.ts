import type { ShutdownReport } from '../lifecycle/report.ts'
import type { Connection } from '../traffic/connection.ts'
import type { Traffic } from '../traffic/traffic.ts'

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
  const closed = { idle: 0, unused: 0, upgraded: 0 }
  let isLingering = true

  function release(connection: Connection) {
    // If the last response said `Connection: close`, Node closes the connection.
    if (connection.isReleased || !connection.socket.writable) return
    connection.isReleased = true
    closed[kindOf(connection)]++
    connection.socket.end()
    setTimeout(() => connection.socket.destroy(), goodbyeMs).unref()
  }

  return new Promise((resolve) => {
    const timers = [
      setTimeout(() => {
        isLingering = false
        for (const connection of traffic.connections) {
          if (connection.active === 0) release(connection)
        }
      }, limits.lingerMs),
      setTimeout(() => {
        for (const request of traffic.requests) request.abort()
      }, limits.abortMs),
      setTimeout(() => {
        for (const { record } of traffic.requests) record.cause ??= 'cut'
        for (const { socket } of traffic.connections) socket.destroy()
      }, limits.deadlineMs),
    ]
    const proceed = (connection?: Connection) => {
      if (connection && !isLingering && connection.active === 0) release(connection)
      if (traffic.connections.size > 0) return
      for (const timer of timers) clearTimeout(timer)
      resolve(closed)
    }
    traffic.onChange = proceed
    proceed()
  })
}

function kindOf({ isUpgraded, served }: Connection): keyof ClosedConnections {
  if (isUpgraded) return 'upgraded'
  return served > 0 ? 'idle' : 'unused'
}
