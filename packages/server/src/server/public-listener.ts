import { createServer, type Server as HttpServer } from 'node:http'
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
  /** Ends its timers. Call it after the last connection. */
  close(): void
}

/** Creates it with all its limits; nothing is bound yet, and requests have no handler. */
export function createPublicListener(
  { timeouts, maxHeaderBytes, readProgressBytes, onUpgrade }: Settings,
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
  if (onUpgrade) handleUpgrades(http, traffic, onUpgrade, log)
  return { http, traffic, close }
}

function handleUpgrades(
  http: HttpServer,
  traffic: Traffic,
  onUpgrade: NonNullable<Settings['onUpgrade']>,
  log: Log,
): void {
  http.on('upgrade', (req, socket, head) => {
    const connection = traffic.of(req.socket)
    if (connection) {
      connection.upgradedTo = String(req.headers.upgrade).toLowerCase()
      connection.sentBeforeUpgrade = connection.socket.bytesWritten
      recordOf(req).server ??= { draining: traffic.draining, ended() {} } as RequestPart
    }
    try {
      onUpgrade(req, socket, head)
    } catch (error) {
      log('error', 'onUpgrade failed', { err: error, path: shownPath(req) })
      socket.destroy()
    }
  })
}
