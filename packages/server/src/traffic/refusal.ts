import { type Server as HttpServer, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Refused } from '../lifecycle/report.ts'
import type { Traffic } from './traffic.ts'

type Counts = { -readonly [K in keyof Refused]: number }
export type RefusalKind = Exclude<keyof Refused, 'stalled'>

const refusals: Readonly<Record<string, readonly [status: number, kind: RefusalKind]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'timeout'],
  HPE_HEADER_OVERFLOW: [431, 'tooLarge'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'malformed'],
}

/** Answers what Node refuses as Node would without a listener, and counts it. */
export function countRefusals(
  http: HttpServer,
  traffic: Traffic,
  onRefused: (kind: RefusalKind, status: number) => void,
): Counts {
  const refused = { timeout: 0, tooLarge: 0, malformed: 0, stalled: 0 }
  http.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    // Emitted twice for a body that stalls, and for clients that have just disconnected.
    if (!socket.writable || error.code === 'ECONNRESET') {
      socket.destroy(error)
      return
    }
    // A browser that connected in advance and sent nothing.
    if (socket.bytesRead === 0) {
      socket.destroy(error)
      return
    }
    const [status, kind] = refusals[error.code ?? ''] ?? [400, 'malformed']
    refused[kind]++
    onRefused(kind, status)
    const connection = traffic.of(socket)
    if (connection) {
      if (kind === 'timeout') traffic.blame(connection, 'timed_out')
      if (traffic.requestsOn(connection)[0]?.res.headersSent) {
        socket.destroy(error)
        return
      }
    }
    const message = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\n\r\n`
    // With the error, which says that it was the client's fault.
    socket.end(message, () => socket.destroy(error))
  })
  return refused
}
