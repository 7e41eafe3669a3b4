import { setMaxListeners } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ServerHttp2Session } from 'node:http2'
import type { Server as NetServer, Socket } from 'node:net'
import type { RequestRecord } from '@clew/internal/requests/contract'
import { recordOf } from '@clew/internal/requests/record'
import type { Outcome, Verdict } from '@clew/internal/requests/verdict'
import { monotonicMs } from '@clew/internal/time/clock'
import { ServerError } from '../errors.ts'
import type { CutRequest, Refused } from '../lifecycle/report.ts'
import { isSecure } from '../listener/address.ts'
import { countRefused } from '../telemetry/instruments.ts'
import { ActiveRequest, type RequestOwner } from './active-request.ts'
import { Connection } from './connection.ts'
import { cutRequestOf, maxListed } from './cut-request.ts'
import { readOn } from './early-answer.ts'
import { isBodyComplete, refusedStream, streamOf } from './http2.ts'
import { Leftovers } from './leftovers.ts'

/** What became of the requests since draining started. */
export interface Counts {
  arrived: number
  answered: number
  aborted: number
  failed: number
  cut: number
}

const countOf: Readonly<Record<Outcome, Exclude<keyof Counts, 'arrived'>>> = {
  answered: 'answered',
  upgraded: 'answered',
  aborted: 'aborted',
  failed: 'failed',
  cut: 'cut',
  timed_out: 'cut',
}

/** As values of an attribute. */
const names: Readonly<Record<keyof Refused, string>> = {
  timeout: 'timeout',
  tooLarge: 'too_large',
  malformed: 'malformed',
  stalled: 'stalled',
  late: 'late',
  unanswered: 'unanswered',
  shed: 'shed',
  connections: 'connections',
  handshake: 'handshake',
}

/** Every connection and every request of the listeners that it watches. */
export class Traffic implements RequestOwner {
  readonly connections: Set<Connection> = new Set()
  /** Requests that have not ended. */
  inFlight = 0
  readonly leftovers: Leftovers = new Leftovers()
  /** Answered before their body had arrived. */
  readonly unread: Set<ActiveRequest> = new Set()
  /** Connections accepted since the start. */
  accepted = 0
  readonly counts: Counts = { arrived: 0, answered: 0, aborted: 0, failed: 0, cut: 0 }
  readonly refused: { -readonly [K in keyof Refused]: number } = {
    timeout: 0,
    tooLarge: 0,
    malformed: 0,
    stalled: 0,
    late: 0,
    unanswered: 0,
    shed: 0,
    connections: 0,
    handshake: 0,
  }
  /** The first of those that were cut. */
  readonly cutRequests: CutRequest[] = []
  /** Called when a request on a connection has ended, or when the connection has closed. */
  onChange: ((connection: Connection) => void) | undefined = undefined
  /** Called with each new connection. */
  onConnection: ((connection: Connection) => void) | undefined = undefined
  /** Called when a request ends that was weighed. */
  onWeighed: ((request: ActiveRequest, verdict: Verdict) => void) | undefined = undefined
  /** Called when work passed to `waitUntil` is rejected. */
  onWorkFailed: ((error: unknown, req: IncomingMessage) => void) | undefined = undefined
  private readonly bySocket: WeakMap<Socket, Connection> = new WeakMap()
  private readonly bySession: WeakMap<ServerHttp2Session, Connection> = new WeakMap()
  /** By the address of the client: Node does not say which socket a TLS socket belongs to. */
  private readonly handshaking: Map<string, Connection> = new Map()
  /** The one whose HTTP/2 session Node is about to create. */
  private opening: Connection | undefined = undefined
  private readonly discardMs: number
  private readonly drainer = new AbortController()

  /** @param discardMs - how long the rest of an upload is read after an early answer */
  constructor(discardMs: number) {
    this.discardMs = discardMs
    // Any number of streams may wait for it.
    setMaxListeners(0, this.draining)
  }

  /** From now on it knows the connections of a server, from before the TLS handshake. */
  watch(server: NetServer): void {
    const hasTls = isSecure(server)
    server.prependListener('connection', (socket: Socket) => this.accept(socket, hasTls))
    if (hasTls) server.prependListener('secureConnection', (socket) => this.secured(socket))
    this.watchSessions(server)
  }

  /** The same for sessions of a server that gets its connections from another one. */
  watchSessions(server: NetServer): void {
    server.on('session', (session: ServerHttp2Session) => {
      const { opening } = this
      if (opening === undefined) return
      this.opening = undefined
      opening.session = session
      this.bySession.set(session, opening)
    })
  }

  /** Call it before an HTTP/2 server gets the socket. */
  expectSession(socket: Socket): void {
    this.opening = this.bySocket.get(socket)
  }

  get draining(): AbortSignal {
    return this.drainer.signal
  }

  private get isDraining(): boolean {
    return this.drainer.signal.aborted
  }

  /** Those that have not ended, by connection; of one connection the oldest first. */
  requests(): ActiveRequest[] {
    const found: ActiveRequest[] = []
    for (const { requests } of this.connections) {
      // Nobody but `begin` adds any.
      for (let each = requests.first; each; each = each.next) found.push(each as ActiveRequest)
    }
    return found
  }

  of(socket: Socket): Connection | undefined {
    return this.bySocket.get(socket)
  }

  connectionOf(req: IncomingMessage): Connection | undefined {
    if (req.httpVersionMajor < 2) return this.bySocket.get(req.socket)
    const session = streamOf(req)?.session
    return session && this.bySession.get(session as ServerHttp2Session)
  }

  /**
   * Call it first for each request. False: the connection has begun to close, or the client was told
   * that it ends with the previous response. The request must not be processed (RFC 9112, 9.6): its
   * client would not hear what became of it.
   */
  begin(req: IncomingMessage, res: ServerResponse): boolean {
    const connection = this.connectionOf(req)
    if (connection === undefined) return true
    const record = recordOf(req)
    // The same request once more: somebody has emitted it again.
    if (record.server !== undefined) return true
    if (connection.isReleased || isLastSent(connection)) {
      this.refuse('late')
      // HTTP/2 can say that the request was not processed.
      streamOf(req)?.close(refusedStream)
      return false
    }
    const request = new ActiveRequest(record, res, connection, this)
    record.server = request
    this.inFlight++
    connection.requests.add(request)
    connection.served++
    if (this.isDraining) {
      this.counts.arrived++
      request.closeConnection()
    }
    record.watch(res, request)
    return true
  }

  /** Counts what a limit has refused, for the report and as a metric. */
  refuse(kind: keyof Refused, reason: string = names[kind]): void {
    this.refused[kind]++
    countRefused(reason)
  }

  /** Call it before a connection is closed under its requests: all packages then say why. */
  blame(connection: Connection, cause: NonNullable<RequestRecord['cause']>): void {
    for (const { record } of connection.requests) record.cause ??= cause
  }

  /** From now on responses ask for the end of their connection, and requests are counted. */
  drain(): void {
    for (const request of this.requests()) request.closeConnection()
    this.drainer.abort(drainingError())
  }

  /** The record calls it, before Node's own listener for the end of the response. */
  ended(request: ActiveRequest, verdict: Verdict): void {
    const {
      connection,
      record: { req },
    } = request
    this.inFlight--
    connection.requests.delete(request)
    if (connection.isClosed) this.forget(connection)
    if (request.isWeighed) this.onWeighed?.(request, verdict)
    if (!req.complete && verdict.outcome === 'answered' && !isBodyComplete(req)) {
      this.unread.add(request)
      if (connection.session === undefined) readOn(req, connection.socket, this.discardMs)
    }
    if (connection.session !== undefined) connection.idleSince = monotonicMs()
    if (this.isDraining) this.count(request, verdict)
    // Node goes first: it sends the next response on the connection, or closes it.
    if (this.onChange !== undefined) process.nextTick(this.onChange, connection)
  }

  leave(request: ActiveRequest): void {
    this.leftovers.add(request)
  }

  settled(request: ActiveRequest): void {
    this.leftovers.delete(request)
  }

  workFailed({ record: { req } }: ActiveRequest, error: unknown): void {
    this.onWorkFailed?.(error, req)
  }

  private accept(socket: Socket, isHandshaking: boolean): void {
    const connection = new Connection(socket)
    this.accepted++
    this.connections.add(connection)
    this.bySocket.set(socket, connection)
    this.opening = connection
    let peer: string | undefined
    if (isHandshaking) {
      connection.isHandshaking = true
      peer = peerOf(socket)
      this.handshaking.set(peer, connection)
    }
    // Of a TLS connection too: Node closes the socket below with the encrypted one.
    socket.once('close', () => {
      if (peer !== undefined && this.handshaking.get(peer) === connection) {
        this.handshaking.delete(peer)
      }
      connection.isClosed = true
      this.forget(connection)
      this.onChange?.(connection)
    })
    this.onConnection?.(connection)
  }

  /** Its requests hear of the end of their socket one after the other. */
  private forget(connection: Connection): void {
    if (connection.requests.first === undefined) this.connections.delete(connection)
  }

  private secured(socket: Socket): void {
    const peer = peerOf(socket)
    const connection = this.handshaking.get(peer)
    // The client has already left, and with it its address.
    if (connection === undefined) return
    this.handshaking.delete(peer)
    connection.isHandshaking = false
    connection.socket = socket
    this.bySocket.set(socket, connection)
    this.opening = connection
  }

  private count(request: ActiveRequest, verdict: Verdict): void {
    const kind = countOf[verdict.outcome]
    this.counts[kind]++
    if (kind !== 'cut' || this.cutRequests.length >= maxListed) return
    this.cutRequests.push(cutRequestOf(request, verdict.durationMs))
  }
}

const peerOf = ({ remoteAddress, remotePort }: Socket) => `${remoteAddress} ${remotePort}`

const drainingError = () =>
  new ServerError('ERR_SERVER_CLOSING', 'the server is shutting down: end what lasts')

/** Whether the header of the newest response, which is still being sent, said `close`. */
function isLastSent({ requests: { last: newest }, session }: Connection): boolean {
  if (newest === undefined || session !== undefined || !newest.res.headersSent) return false
  return newest.hasSaidClose || /\bclose\b/i.test(String(newest.res.getHeader('connection') ?? ''))
}
