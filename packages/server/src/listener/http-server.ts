import type { Server as HttpServer, ServerOptions } from 'node:http'
import type { Http2Server } from 'node:http2'
import type { Socket } from 'node:net'

/** What Node's server is created with, besides the limits of HTTP/1. */
export interface Protocols {
  readonly tls:
    | { readonly minVersion: 'TLSv1.2' | 'TLSv1.3'; readonly asksClients: boolean }
    | undefined
  readonly http2: boolean
  readonly handshakeMs: number
  /** How long a client may take to show which protocol it speaks; 0 = no limit. */
  readonly prefaceMs: number
  readonly maxHeaderBytes: number
  readonly maxHeaders: number
}

/** What has to be known about HTTP/2. */
export interface Http2Events {
  /** Called with the server of HTTP/2, once. */
  readonly onServer: (http2: Http2Server) => void
  /** Called before a connection becomes an HTTP/2 session. */
  readonly onSession: (socket: Socket) => void
}

/**
 * Node's server: of `node:http` or `node:https`, also if it speaks HTTP/2, so that HTTP/1 has all of
 * its limits and events. A connection that begins with HTTP/2 goes to a server that listens to
 * nothing, whose requests are emitted on this one.
 */
export function createHttpServer(
  options: ServerOptions,
  protocols: Protocols,
  events: Http2Events,
): HttpServer {
  const { tls, http2, handshakeMs } = protocols
  if (tls === undefined) {
    const http = process.getBuiltinModule('node:http').createServer(options)
    if (http2) takeOver(http, 'connection', http2Of(http, protocols, events), sniff(protocols))
    return http
  }
  const https = process.getBuiltinModule('node:https').createServer({
    ...options,
    handshakeTimeout: handshakeMs,
    requestCert: tls.asksClients,
    rejectUnauthorized: tls.asksClients,
    ALPNProtocols: http2 ? ['h2', 'http/1.1'] : ['http/1.1'],
  })
  if (http2) takeOver(https, 'secureConnection', http2Of(https, protocols, events), byAlpn)
  return https
}

type Serve = (socket: Socket) => void
/** Finds out which protocol a connection speaks, and calls one of the two. */
type Choose = (socket: Socket, http1: Serve, http2: Serve) => void

function takeOver(
  http: HttpServer,
  event: 'connection' | 'secureConnection',
  serveHttp2: Serve,
  choose: Choose,
): void {
  const [serveHttp1] = http.listeners(event) as Serve[]
  if (serveHttp1 === undefined) return
  http.removeListener(event, serveHttp1)
  http.on(event, (socket: Socket) => choose(socket, serveHttp1.bind(http), serveHttp2))
}

function http2Of(
  http: HttpServer,
  { maxHeaderBytes, maxHeaders }: Protocols,
  events: Http2Events,
): Serve {
  const http2 = process.getBuiltinModule('node:http2').createServer({
    settings: { maxHeaderListSize: maxHeaderBytes },
    maxHeaderListPairs: Math.max(4, maxHeaders),
  })
  http2.on('request', (req, res) => http.emit('request', req, res))
  // Node destroys the session; without a listener, nothing else happens.
  http2.on('sessionError', () => {})
  events.onServer(http2)
  return (socket) => {
    events.onSession(socket)
    http2.emit('connection', socket)
  }
}

const byAlpn: Choose = (socket, http1, http2) => {
  const { alpnProtocol } = socket as { readonly alpnProtocol?: unknown }
  if (alpnProtocol === 'h2') http2(socket)
  else http1(socket)
}

/** What HTTP/2 begins with, and no request of HTTP/1 (RFC 9113, 3.4). */
const preface = Buffer.from('PRI * HTTP/2.0')

/** Reads as much as is needed to tell, and gives it back. */
function sniff({ prefaceMs }: Protocols): Choose {
  return (socket, http1, http2) => {
    const timer = prefaceMs > 0 ? setTimeout(() => socket.destroy(), prefaceMs) : undefined
    let start: Buffer = Buffer.alloc(0)
    const stop = () => {
      clearTimeout(timer)
      socket.off('readable', onReadable).off('close', stop).off('error', ignore)
    }
    const onReadable = () => {
      const chunk = socket.read() as Buffer | null
      if (chunk !== null) start = Buffer.concat([start, chunk])
      const length = Math.min(start.length, preface.length)
      const isHttp2 = start.subarray(0, length).equals(preface.subarray(0, length))
      if (isHttp2 && length < preface.length) return
      stop()
      socket.unshift(start)
      if (isHttp2) http2(socket)
      else http1(socket)
    }
    socket.on('readable', onReadable).on('close', stop).on('error', ignore)
  }
}

const ignore = () => {}
