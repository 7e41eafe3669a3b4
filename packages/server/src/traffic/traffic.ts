import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { type RequestRecord, recordOf } from '@clew/internal/requests/record'
import type { Outcome, Verdict } from '@clew/internal/requests/verdict'
import type { CutRequest } from '../lifecycle/report.ts'
import { ActiveRequest, type RequestOwner } from './active-request.ts'
import { Connection } from './connection.ts'
import { shownPath } from './shown-path.ts'

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

const maxListed = 100

/** Every connection and every request of one listener. */
export class Traffic implements RequestOwner {
  readonly connections: Set<Connection> = new Set()
  readonly requests: Set<ActiveRequest> = new Set()
  /** Connections accepted since the start. */
  accepted = 0
  readonly counts: Counts = { arrived: 0, answered: 0, aborted: 0, failed: 0, cut: 0 }
  /** The first of those that were cut. */
  readonly cutRequests: CutRequest[] = []
  /** Called when a request on a connection has ended, or when the connection has closed. */
  onChange: ((connection: Connection) => void) | undefined = undefined
  private readonly bySocket: WeakMap<Socket, Connection> = new WeakMap()
  private isDraining = false

  constructor(http: HttpServer) {
    http.on('connection', (socket: Socket) => this.accept(socket))
  }

  of(socket: Socket): Connection | undefined {
    return this.bySocket.get(socket)
  }

  /** The requests on a connection, oldest first. Looks through all of them: for rare events. */
  requestsOn(connection: Connection): ActiveRequest[] {
    return [...this.requests].filter((request) => request.connection === connection)
  }

  /**
   * Call it first for each request. False: the client was told that this connection ends with the
   * previous response, so the request must not be processed (RFC 9112, 9.6).
   */
  begin(req: IncomingMessage, res: ServerResponse): boolean {
    const connection = this.bySocket.get(req.socket)
    if (connection === undefined) return true
    if (this.isDraining && !this.mayFollow(connection)) return false
    const record = recordOf(req)
    // The same request once more: somebody has emitted it again.
    if (record.server !== undefined) return true
    const request = new ActiveRequest(record, res, connection, this)
    record.server = request
    this.requests.add(request)
    connection.active++
    connection.served++
    connection.newest = res
    if (this.isDraining) {
      this.counts.arrived++
      closeAfter(res)
      // It came too late: the connection is half closed, and no response can be sent on it.
      if (connection.isReleased) record.cause = 'cut'
    }
    record.watch(res, request)
    return true
  }

  /** Call it before a connection is closed under its requests: all packages then say why. */
  blame(connection: Connection, cause: NonNullable<RequestRecord['cause']>): void {
    for (const { record } of this.requestsOn(connection)) record.cause ??= cause
  }

  /** From now on responses ask for the end of their connection, and requests are counted. */
  drain(): void {
    this.isDraining = true
    for (const { newest } of this.connections) {
      if (newest) closeAfter(newest)
    }
  }

  /** The record calls it, before Node's own listener for the end of the response. */
  ended(request: ActiveRequest, verdict: Verdict): void {
    const { connection } = request
    this.requests.delete(request)
    connection.active--
    if (connection.active === 0) connection.newest = undefined
    if (this.isDraining) this.count(request, verdict)
    // Node goes first: it sends the next response on the connection, or closes it.
    if (this.onChange !== undefined) process.nextTick(this.onChange, connection)
  }

  private accept(socket: Socket): void {
    const connection = new Connection(socket)
    this.accepted++
    this.connections.add(connection)
    this.bySocket.set(socket, connection)
    socket.once('close', () => {
      this.connections.delete(connection)
      this.onChange?.(connection)
    })
  }

  private mayFollow({ newest }: Connection): boolean {
    if (newest?.getHeader('connection') !== 'close') return true
    if (newest.headersSent) return false
    // Pipelined: the last response says it, so that all are answered.
    newest.removeHeader('connection')
    return true
  }

  private count({ record: { req } }: ActiveRequest, verdict: Verdict): void {
    const kind = countOf[verdict.outcome]
    this.counts[kind]++
    if (kind !== 'cut' || this.cutRequests.length >= maxListed) return
    this.cutRequests.push({
      method: req.method ?? '',
      path: shownPath(req),
      ageMs: Math.round(verdict.durationMs),
      responding: verdict.status !== undefined,
    })
  }
}

function closeAfter(res: ServerResponse): void {
  if (!res.headersSent) res.setHeader('Connection', 'close')
}
