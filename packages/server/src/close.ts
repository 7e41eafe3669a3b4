import type { CutRequest, ShutdownReport } from './report.ts'
import type { ActiveRequest } from './request.ts'
import type { Connection, Traffic } from './traffic.ts'

export interface CloseLimits {
  /** Until then idle connections stay, since a request may be on its way. */
  readonly lingerMs: number
  /** Then the signals of the requests abort. */
  readonly abortMs: number
  /** Then everything is cut. */
  readonly deadlineMs: number
}

export interface Closed {
  readonly cutRequests: readonly CutRequest[]
  readonly connections: ShutdownReport['connections']
}

/** How long a connection has to say goodbye after it was asked to. */
const goodbyeMs = 500
const maxListed = 100

/** Resolves when the last connection is gone. The listener must have stopped accepting. */
export function closeConnections(traffic: Traffic, limits: CloseLimits): Promise<Closed> {
  const connections = { idle: 0, unused: 0, upgraded: 0 }
  const cutRequests: CutRequest[] = []
  let lingering = true

  function release(connection: Connection) {
    // A connection whose last response said `Connection: close` is closed by Node.
    if (connection.released || !connection.socket.writable) return
    connection.released = true
    const kind = connection.upgraded ? 'upgraded' : connection.served > 0 ? 'idle' : 'unused'
    connections[kind]++
    connection.socket.end()
    setTimeout(() => connection.socket.destroy(), goodbyeMs).unref()
  }

  function cut(request: ActiveRequest) {
    request.cut = true
    if (cutRequests.length >= maxListed) return
    cutRequests.push({
      method: request.method,
      path: request.path,
      ageMs: Math.round(performance.now() - request.startedAt),
      responding: request.res.headersSent,
    })
  }

  return new Promise((resolve) => {
    const timers = [
      setTimeout(() => {
        lingering = false
        for (const connection of traffic.connections) {
          if (connection.active === 0) release(connection)
        }
      }, limits.lingerMs),
      setTimeout(() => {
        for (const request of traffic.requests) request.abort()
      }, limits.abortMs),
      setTimeout(() => {
        for (const request of traffic.requests) cut(request)
        for (const { socket } of traffic.connections) socket.destroy()
      }, limits.deadlineMs),
    ]
    const look = (connection?: Connection) => {
      if (connection && !lingering && connection.active === 0) release(connection)
      if (traffic.connections.size > 0) return
      for (const timer of timers) clearTimeout(timer)
      resolve({ cutRequests, connections })
    }
    traffic.onChange(look)
    look()
  })
}
