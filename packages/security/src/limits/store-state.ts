import type { Report, Reporter } from '@clew/internal/reports/reporter'

/** Whether a store answers now. */
export interface StoreState {
  /** False while it is down, but for one call a second that tries it. */
  mayCall(): boolean
  succeeded(): void
  /** @param error - a code, or a few words */
  failed(error: string): void
}

/** What is reported once when a store goes down, and once when it is back. */
export interface StoreReports {
  readonly down: Pick<Report, 'type' | 'message'>
  readonly up: Pick<Report, 'type' | 'message'>
}

const retryMs = 1_000

export function createStoreState(reporter: Reporter, { down, up }: StoreReports): StoreState {
  let downSinceMs: number | undefined
  let triedMs = 0
  return {
    mayCall() {
      if (downSinceMs === undefined) return true
      if (performance.now() - triedMs < retryMs) return false
      triedMs = performance.now()
      return true
    },
    succeeded() {
      if (downSinceMs === undefined) return
      const downMs = Math.round(performance.now() - downSinceMs)
      downSinceMs = undefined
      reporter.report({ ...up, level: 'info', fields: { downMs } })
    },
    failed(error) {
      triedMs = performance.now()
      if (downSinceMs !== undefined) return
      downSinceMs = triedMs
      reporter.report({ ...down, level: 'error', fields: { error } })
    },
  }
}
