import { type Server as HttpServer, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Refused } from './report.ts'
import type { Traffic } from './traffic.ts'

type Counts = { -readonly [K in keyof Refused]: number }
type Kind = Exclude<keyof Refused, 'stalled'>

const statusOf: Readonly<Record<string, readonly [number, Kind]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'timeout'],
  HPE_HEADER_OVERFLOW: [431, 'tooLarge'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'malformed'],
}

/** Answers as Node does without a listener, and counts. */
export function countRefusals(
  http: HttpServer,
  traffic: Traffic,
  onRefused: (kind: Kind, status: number) => void,
): Counts {
  const refused = { timeout: 0, tooLarge: 0, malformed: 0, stalled: 0 }
  http.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    // Comes twice for a body that stalls, and for clients that just left.
    if (!socket.writable || error.code === 'ECONNRESET') {
      socket.destroy(error)
      return
    }
    // A browser that connected ahead and had nothing to ask.
    if (socket.bytesRead === 0) {
      socket.destroy(error)
      return
    }
    const [status, kind] = statusOf[error.code ?? ''] ?? [400, 'malformed']
    refused[kind]++
    onRefused(kind, status)
    const connection = traffic.of(socket)
    if (connection && traffic.requestOn(connection)?.res.headersSent) {
      socket.destroy(error)
      return
    }
    socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\n\r\n`)
    socket.destroySoon()
  })
  return refused
}
