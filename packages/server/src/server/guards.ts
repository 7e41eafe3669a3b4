import type { Server as HttpServer, IncomingMessage } from 'node:http'
import type { Summaries } from '@clew/internal/reports/repeats'
import type { Settings } from '../options/settings.ts'
import { guardReads } from '../traffic/read-guard.ts'
import { createRefuse, refuseErrors, refuseLate } from '../traffic/refusal.ts'
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

export function createGuards(
  { timeouts, maxHeaderBytes, maxHeaders, readProgressBytes }: Settings,
  summaries: Summaries,
): Guards {
  const limits = [timeouts.readHeaderMs, timeouts.readMs].filter((ms) => ms > 0)
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
    traffic.refused.stalled++
    summaries.report({
      type: 'server.stalled',
      level: 'warn',
      message: 'response cut: the client stopped reading',
      fields: { method: req?.method, path: req && shownPath(req) },
    })
  }
  const { readMs } = timeouts
  const guards = [
    guardReads(traffic, { readMs, progressBytes: readProgressBytes, intervalMs }, (request) =>
      refuseLate(refuse, traffic, request),
    ),
    guardSessions(traffic, timeouts, intervalMs, onStalled),
  ]
  return {
    traffic,
    watch(http) {
      const hidden: HttpServer & Partial<Hidden> = http
      hidden.connectionsCheckingInterval = intervalMs
      hidden.maxHeaderSize = maxHeaderBytes
      http.headersTimeout = timeouts.readHeaderMs
      // The read guard limits it.
      http.requestTimeout = 0
      http.keepAliveTimeout = timeouts.idleMs
      // `accept` counts them: Node 20 would leave out the rest, `Host` among them. Their bytes are
      // limited anyway.
      http.maxHeadersCount = 0
      traffic.watch(http)
      refuseErrors(http, traffic, refuse)
      guardWrites(http, traffic, timeouts, (request) => onStalled(request?.record.req))
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
