import { http } from '../http/middleware.ts'
import { state } from '../instruments/state.ts'
import { serveNothing } from '../prometheus/scrape.ts'
import type { Meters } from './meters.ts'
import { release } from './release.ts'
import type { Reports } from './reports.ts'

/**
 * A complete handle for a process in which there is nothing to export.
 * @param reason - what the handler of Prometheus answers
 * @param stop - called by `shutdown`
 */
export function createIdleMeters(
  reports: Reports,
  reason: string,
  stop: () => void = () => {},
): Meters {
  let stopped: Promise<void> | undefined
  state().reportOnce = reports.once
  return {
    flush: async () => {},
    counts: () => ({ exported: 0, lost: 0, rejected: 0 }),
    shutdown() {
      stopped ??= Promise.resolve().then(() => {
        stop()
        release(reports)
      })
      return stopped
    },
    http,
    handler: serveNothing(reason),
    subscribe: reports.subscribe,
  }
}
