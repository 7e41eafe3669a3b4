import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { type ActiveRequest, activate } from './request.ts'

/** One connection, as the shutdown and the write guard need to know it. */
export interface Connection {
  readonly socket: Socket
  /** Requests on it that have no whole answer yet. */
  active: number
  /** Requests it has carried. */
  served: number
  upgraded: boolean
  /** The server has decided to close it. */
  released: boolean
  /** The response to the newest request that is still served. */
  newest: ServerResponse | undefined
  /** Since when a response waits for the client to take bytes; 0 = it does not. */
  stalledAt: number
  /** When the write guard last looked and found it waiting; 0 = never, or not waiting. */
  beatAt: number
}

/** Every connection and every request of one listener. */
export interface Traffic {
  readonly connections: ReadonlySet<Connection>
  readonly requests: ReadonlySet<ActiveRequest>
  /** Connections ever accepted. */
  readonly accepted: number
  readonly counts: { arrived: number; answered: number; aborted: number; cut: number }
  of(socket: Socket): Connection | undefined
  /** The oldest request on a connection. Looks through all of them: for what is rare. */
  requestOn(connection: Connection): ActiveRequest | undefined
  /**
   * Call first for each request. False: the client was told that this connection ends with the response before, so the request
   * must not be processed (RFC 9112, 9.6).
   */
  begin(req: IncomingMessage, res: ServerResponse): boolean
  /** From now on responses ask for the end of their connection, and requests are counted. */
  drain(): void
  /** Called when a request has ended or a connection has closed. */
  onChange(listener: (connection: Connection) => void): void
}

export function trafficOf(http: HttpServer): Traffic {
  const connections = new Set<Connection>()
  const requests = new Set<ActiveRequest>()
  const bySocket = new WeakMap<Socket, Connection>()
  const counts = { arrived: 0, answered: 0, aborted: 0, cut: 0 }
  let accepted = 0
  let draining = false
  let changed: (connection: Connection) => void = () => {}

  http.on('connection', (socket: Socket) => {
    const connection: Connection = {
      socket,
      active: 0,
      served: 0,
      upgraded: false,
      released: false,
      newest: undefined,
      stalledAt: 0,
      beatAt: 0,
    }
    accepted++
    connections.add(connection)
    bySocket.set(socket, connection)
    socket.once('close', () => {
      connections.delete(connection)
      if (connection.active > 0) {
        // Responses that waited behind another one on this connection get no 'close' of their own.
        for (const request of requests) {
          if (request.socket === socket) end(connection, request)
        }
      }
      changed(connection)
    })
  })

  function end(connection: Connection, request: ActiveRequest) {
    if (!requests.delete(request)) return
    request.ended()
    connection.active--
    if (connection.active === 0) connection.newest = undefined
    if (draining) counts[outcomeOf(connection, request)]++
    changed(connection)
  }

  return {
    connections,
    requests,
    get accepted() {
      return accepted
    },
    counts,
    of: (socket) => bySocket.get(socket),
    requestOn({ socket }) {
      for (const request of requests) {
        if (request.socket === socket) return request
      }
      return undefined
    },
    begin(req, res) {
      const connection = bySocket.get(req.socket)
      if (!connection) return true
      const { newest } = connection
      if (draining && newest?.getHeader('connection') === 'close') {
        if (newest.headersSent) return false
        // Pipelined: the last response says it, so that all are answered.
        newest.removeHeader('connection')
      }
      const request = activate(req, res)
      requests.add(request)
      connection.active++
      connection.served++
      connection.newest = res
      if (draining) {
        counts.arrived++
        closeAfter(res)
      }
      // Not 'finish': Node 20 emits it for responses that were cut.
      res.once('close', () => end(connection, request))
      return true
    },
    drain() {
      draining = true
      for (const { newest } of connections) {
        if (newest) closeAfter(newest)
      }
    },
    onChange(listener) {
      changed = listener
    },
  }
}

function closeAfter(res: ServerResponse): void {
  if (!res.headersSent) res.setHeader('Connection', 'close')
}

function outcomeOf(
  { socket, released }: Connection,
  { res, cut }: ActiveRequest,
): 'answered' | 'aborted' | 'cut' {
  // On Node 20 a response that was cut can call itself finished: bytes left in the socket tell the truth.
  const delivered = res.writableFinished && !(socket.destroyed && socket.writableLength > 0)
  if (cut || (released && !delivered)) return 'cut'
  return delivered ? 'answered' : 'aborted'
}
