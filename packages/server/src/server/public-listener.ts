import { createServer, type Server as HttpServer, type IncomingMessage } from 'node:http'
import type { Summaries } from '@clew/internal/reports/repeats'
import { type RequestPart, recordOf } from '@clew/internal/requests/record'
import type { Log } from '../options/parts.ts'
import type { Settings } from '../options/settings.ts'
import { guardReads } from '../traffic/read-guard.ts'
import { createRefuse, refuseErrors } from '../traffic/refusal.ts'
import { shownPath } from '../traffic/shown-path.ts'
import { Traffic } from '../traffic/traffic.ts'
import { guardWrites } from '../traffic/write-guard.ts'

/** The public listener. */
export interface PublicListener {
  readonly http: HttpServer
  readonly traffic: Traffic
  /** False: the request was refused, and is not to be processed. */
  accept(req: IncomingMessage): boolean
  /** Ends its timers. Call it after the last connection. */
  close(): void
}

/** Creates it with all its limits; nothing is bound yet, and requests have no handler. */
export function createPublicListener(
  { timeouts, maxHeaderBytes, maxHeaders, readProgressBytes, onUpgrade }: Settings,
  log: Log,
  summaries: Summaries,
): PublicListener {
  const limits = [timeouts.readHeaderMs, timeouts.readMs].filter((ms) => ms > 0)
  // How often late requests are looked for; Node's default of 30 s would delay every shorter limit.
  const intervalMs = Math.min(5_000, Math.max(250, Math.min(...limits, 20_000) / 4))
  const http = createServer({
    connectionsCheckingInterval: intervalMs,
    headersTimeout: timeouts.readHeaderMs,
    // The read guard limits it.
    requestTimeout: 0,
    keepAliveTimeout: timeouts.idleMs,
    maxHeaderSize: maxHeaderBytes,
  })
  // One more, so that it is seen that there are too many: Node 20 leaves out the rest.
  http.maxHeadersCount = maxHeaders + 1
  const traffic = new Traffic(http, timeouts.discardMs)
  const refuse = createRefuse(traffic, timeouts.discardMs, (kind, status) => {
    summaries.report({
      type: `server.refused.${kind}`,
      level: 'info',
      message: 'request refused',
      fields: { reason: kind, status },
    })
  })
  refuseErrors(http, traffic, refuse)
  const { readMs } = timeouts
  const close = guardReads(
    traffic,
    { readMs, progressBytes: readProgressBytes, intervalMs },
    ({ connection }) => refuse(connection, 408, 'timeout'),
  )
  guardWrites(http, traffic, timeouts, (request) => {
    traffic.refused.stalled++
    const req = request?.record.req
    summaries.report({
      type: 'server.stalled',
      level: 'warn',
      message: 'response cut: the client stopped reading',
      fields: { method: req?.method, path: req && shownPath(req) },
    })
  })
  watchUpgrades(http, traffic)
  if (onUpgrade) handleUpgrades(http, onUpgrade, log)
  function accept({ rawHeaders, socket }: IncomingMessage): boolean {
    if (rawHeaders.length <= 2 * maxHeaders) return true
    const connection = traffic.of(socket)
    if (connection) refuse(connection, 431, 'tooLarge')
    return false
  }
  return { http, traffic, accept, close }
}

/** Whoever takes over a connection: a listener of our own makes Node take requests for upgrades. */
function watchUpgrades(http: HttpServer, traffic: Traffic): void {
  let isWatched = false
  http.on('newListener', (event) => {
    if (event !== 'upgrade' || isWatched) return
    isWatched = true
    http.prependListener('upgrade', (req) => {
      const connection = traffic.of(req.socket)
      if (connection === undefined) return
      connection.upgradedTo = String(req.headers.upgrade).toLowerCase()
      connection.sentBeforeUpgrade = connection.socket.bytesWritten
      recordOf(req).server ??= { draining: traffic.draining, ended() {} } as RequestPart
    })
  })
}

function handleUpgrades(
  http: HttpServer,
  onUpgrade: NonNullable<Settings['onUpgrade']>,
  log: Log,
): void {
  http.on('upgrade', (req, socket, head) => {
    try {
      onUpgrade(req, socket, head)
    } catch (error) {
      log('error', 'onUpgrade failed', { err: error, path: shownPath(req) })
      socket.destroy()
    }
  })
}
