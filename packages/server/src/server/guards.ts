import type { Server as HttpServer, IncomingMessage } from 'node:http'
import type { Summaries } from '@clew/internal/reports/repeats'
import { ServerError } from '../errors.ts'
import type { Settings } from '../options/settings.ts'
import { fail } from '../pipeline/answers.ts'
import type { ActiveRequest } from '../traffic/active-request.ts'
import { guardHandlers } from '../traffic/handler-guard.ts'
import { guardReads } from '../traffic/read-guard.ts'
import { countHandshakes, createRefuse, refuseErrors, refuseLate } from '../traffic/refusal.ts'
import { guardSessions } from '../traffic/session-guard.ts'
import { shownPath } from '../traffic/shown-path.ts'
import { Traffic } from '../traffic/traffic.ts'
import { watchUpgrades } from '../traffic/upgrades.ts'
import { guardWrites } from '../traffic/write-guard.ts'

/** The limits of all listeners together, and what is counted of them. */
export interface Guards {
  readonly traffic: Traffic
  /** Applies the limits to one of Node's servers. Call it before the server listens. */
  watch(http: HttpServer): void
  /** False: the request was refused, and is not to be processed. */
  accept(req: IncomingMessage): boolean
  /** Ends its timers. Call it after the last connection. */
  close(): void
}

/** What of Node's servers has no type, and is read when they begin to listen, or for each connection. */
interface Hidden {
  connectionsCheckingInterval: number
  maxHeaderSize: number
}

/** So many more connections than allowed are answered; others are only closed. */
const maxAnswered = 100

export function createGuards(
  { timeouts, maxHeaderBytes, maxHeaders, maxConnections, readProgressBytes }: Settings,
  summaries: Summaries,
): Guards {
  const { readHeaderMs, readMs, handlerMs, tcpKeepAliveMs } = timeouts
  const limits = [readHeaderMs, readMs, handlerMs].filter((ms) => ms > 0)
  // How often late requests are looked for; Node's default of 30 s would delay every shorter limit.
  const intervalMs = Math.min(5_000, Math.max(250, Math.min(...limits, 20_000) / 4))
  const traffic = new Traffic(timeouts.discardMs)
  const refuse = createRefuse(traffic, timeouts.discardMs, (kind, status) => {
    summaries.report({
      type: `server.refused.${kind}`,
      level: 'info',
      message: 'request refused',
      fields: { reason: kind, status },
    })
  })
  const onStalled = (req: IncomingMessage | undefined) => {
    traffic.refuse('stalled')
    summaries.report({
      type: 'server.stalled',
      level: 'warn',
      message: 'response cut: the client stopped reading',
      fields: { method: req?.method, path: req && shownPath(req) },
    })
  }
  // Those that are refused do not count: they would keep others out until they have left.
  let open = 0
  traffic.onConnection = (connection) => {
    const { socket, isHandshaking } = connection
    if (tcpKeepAliveMs > 0) socket.setKeepAlive(true, tcpKeepAliveMs)
    if (maxConnections === 0) return
    if (open < maxConnections) {
      open++
      socket.once('close', () => {
        open--
      })
    } else if (isHandshaking || traffic.connections.size > maxConnections + maxAnswered) {
      traffic.refuse('connections')
      socket.destroy()
    } else {
      refuse(connection, 503, 'connections')
    }
  }
  const writes = guardWrites(traffic, timeouts, (request) => onStalled(request?.record.req))
  const guards = [
    writes.end,
    guardReads(traffic, { readMs, progressBytes: readProgressBytes, intervalMs }, (request) =>
      refuseLate(refuse, traffic, request),
    ),
    guardHandlers(traffic, { handlerMs, intervalMs }, (request) =>
      answerLate(traffic, request, summaries),
    ),
    guardSessions(traffic, timeouts, intervalMs, onStalled),
  ]
  return {
    traffic,
    watch(http) {
      const hidden: HttpServer & Partial<Hidden> = http
      hidden.connectionsCheckingInterval = intervalMs
      hidden.maxHeaderSize = maxHeaderBytes
      http.headersTimeout = readHeaderMs
      // The read guard limits it.
      http.requestTimeout = 0
      http.keepAliveTimeout = timeouts.idleMs
      // `accept` counts them: Node 20 would leave out the rest, `Host` among them. Their bytes are
      // limited anyway.
      http.maxHeadersCount = 0
      traffic.watch(http)
      refuseErrors(http, traffic, refuse)
      countHandshakes(http, traffic)
      writes.watch(http)
      watchUpgrades(http, traffic)
    },
    accept({ rawHeaders, socket, httpVersionMajor }) {
      // HTTP/2 counts them itself.
      if (httpVersionMajor >= 2 || rawHeaders.length <= 2 * maxHeaders) return true
      const connection = traffic.of(socket)
      if (connection) refuse(connection, 431, 'tooLarge')
      return false
    },
    close() {
      for (const end of guards) end()
    },
  }
}

/** Answers for a handler that takes too long, which may still be at work. */
function answerLate(traffic: Traffic, request: ActiveRequest, summaries: Summaries): void {
  const { record, res } = request
  const { req } = record
  const error = new ServerError('ERR_SERVER_TIMEOUT', 'the handler has not answered in time')
  record.error ??= error
  traffic.refuse('unanswered')
  summaries.report({
    type: 'server.unanswered',
    level: 'error',
    message: 'request answered 503: its handler has not answered in time',
    fields: { method: req.method, path: shownPath(req), route: record.route },
  })
  // What it writes later fails, and is no news.
  res.on('error', () => {})
  if (req.httpVersionMajor < 2) res.setHeader('Connection', 'close')
  fail(res, 503)
  request.abort(error)
}
