import type { Server as HttpServer } from 'node:http'
import type { Socket } from 'node:net'
import type { ActiveRequest } from './active-request.ts'
import type { Connection } from './connection.ts'
import { sayGoodbye } from './goodbye.ts'
import { cancelled, noError, streamOf } from './http2.ts'
import type { Traffic } from './traffic.ts'

export type RefusalKind = 'timeout' | 'tooLarge' | 'malformed' | 'connections'

/** Refuses what arrives on a connection; an answer is sent unless a response has begun. */
export type Refuse = (
  connection: Connection,
  status: number,
  kind: RefusalKind,
  error?: Error,
) => void

const refusals: Readonly<Record<string, readonly [status: number, kind: RefusalKind]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'timeout'],
  HPE_HEADER_OVERFLOW: [431, 'tooLarge'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'malformed'],
}

/** @param discardMs - how long what the client is still sending is read after the answer */
export function createRefuse(
  traffic: Traffic,
  discardMs: number,
  onRefused: (kind: RefusalKind, status: number) => void,
): Refuse {
  return (connection, status, kind, error) => {
    const { socket, requests } = connection
    connection.isReleased = true
    traffic.refuse(kind)
    onRefused(kind, status)
    if (kind === 'timeout') traffic.blame(connection, 'timed_out')
    if (requests.first?.res.headersSent) {
      socket.destroy(error)
      return
    }
    const { STATUS_CODES } = process.getBuiltinModule('node:http')
    socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\n\r\n`)
    // With the error, which says that it was the client's fault.
    sayGoodbye(socket, discardMs, error)
  }
}

/** Refuses a request whose body comes too slowly: of HTTP/2 alone, else with its connection. */
export function refuseLate(
  refuse: Refuse,
  traffic: Traffic,
  { connection, record, res }: ActiveRequest,
): void {
  const stream = streamOf(record.req)
  if (stream === undefined) {
    refuse(connection, 408, 'timeout')
    return
  }
  traffic.refuse('timeout')
  record.cause ??= 'timed_out'
  if (!res.headersSent) res.writeHead(408).end()
  stream.close(res.writableEnded ? noError : cancelled)
}

/** Answers what Node refuses as Node would without a listener. */
export function refuseErrors(http: HttpServer, traffic: Traffic, refuse: Refuse): void {
  http.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const connection = traffic.of(socket)
    // Emitted again for each further chunk, and as long as the time is up.
    if (connection?.isReleased && socket.writableEnded) return
    // A client that has just disconnected, or a browser that connected in advance and sent nothing.
    const isGone = !socket.writable || error.code === 'ECONNRESET' || socket.bytesRead === 0
    if (!connection || isGone) {
      socket.destroy(error)
      return
    }
    const [status, kind] = refusals[error.code ?? ''] ?? [400, 'malformed']
    refuse(connection, status, kind, error)
  })
}

/** Counts handshakes that fail. A probe that only connects is none. */
export function countHandshakes(http: HttpServer, traffic: Traffic): void {
  http.on('tlsClientError', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ECONNRESET') traffic.refuse('handshake')
  })
}
