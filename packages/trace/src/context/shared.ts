import type { Report } from '@clew/internal/reports/reporter'
import type { Slot } from '@clew/internal/telemetry/replacement'

/** What exists once per process: the ESM and the CommonJS copy, and two versions, share it. */
export interface Shared extends Slot {
  /** Removes the client subscriptions of the copy that installed them. */
  uninstallClients?: () => void
  /** Reports the first report of each key. Set by `configure`. */
  reportOnce?: (key: string, report: Report) => void
}

const key: unique symbol = Symbol.for('@clew/trace/v1') as never

export function shared(): Shared {
  const home = globalThis as { [key]?: Shared }
  home[key] ??= {}
  return home[key]
}
