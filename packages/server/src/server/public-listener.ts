import { createServer, type Server as HttpServer } from 'node:http'
import type { Summaries } from '@clew/internal/reports/repeats'
import type { Refused } from '../lifecycle/report.ts'
import type { Log } from '../options/parts.ts'
import type { Settings } from '../options/settings.ts'
import { countRefusals } from '../traffic/refusal.ts'
import { shownPath } from '../traffic/shown-path.ts'
import { Traffic } from '../traffic/traffic.ts'
import { guardWrites } from '../traffic/write-guard.ts'

/** The public listener. */
export interface PublicListener {
  readonly http: HttpServer
  readonly traffic: Traffic
  readonly refused: Refused
}

/** Creates it with all its limits; nothing is bound yet, and requests have no handler. */
export function createPublicListener(
  { timeouts, maxHeaderBytes, onUpgrade }: Settings,
  log: Log,
  summaries: Summaries,
): PublicListener {
  const limits = [timeouts.readHeaderMs, timeouts.readMs].filter((ms) => ms > 0)
  const http = createServer({
    // How often Node looks for late requests; its default of 30 s would delay every shorter limit.
    connectionsCheckingInterval: Math.min(5_000, Math.max(250, Math.min(...limits, 20_000) / 4)),
    headersTimeout: timeouts.readHeaderMs,
    requestTimeout: timeouts.readMs,
    keepAliveTimeout: timeouts.idleMs,
    maxHeaderSize: maxHeaderBytes,
  })
  const traffic = new Traffic(http)
  const refused = countRefusals(http, traffic, (kind, status) => {
    summaries.report({
      type: `server.refused.${kind}`,
      level: 'info',
      message: 'request refused',
      fields: { reason: kind, status },
    })
  })
  guardWrites(http, traffic, timeouts.writeMs, (request) => {
    refused.stalled++
    const req = request?.record.req
    summaries.report({
      type: 'server.stalled',
      level: 'warn',
      message: 'response cut: the client stopped reading',
      fields: { method: req?.method, path: req && shownPath(req) },
    })
  })
  if (onUpgrade) handleUpgrades(http, traffic, onUpgrade, log)
  return { http, traffic, refused }
}

function handleUpgrades(
  http: HttpServer,
  traffic: Traffic,
  onUpgrade: NonNullable<Settings['onUpgrade']>,
  log: Log,
): void {
  http.on('upgrade', (req, socket, head) => {
    const connection = traffic.of(req.socket)
    if (connection) connection.isUpgraded = true
    try {
      onUpgrade(req, socket, head)
    } catch (error) {
      log('error', 'onUpgrade failed', { err: error, path: shownPath(req) })
      socket.destroy()
    }
  })
}
