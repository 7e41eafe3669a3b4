import { createEarlyReporter, type EarlyReporter } from '@clew/internal/reports/early-reporter'
import { oncePerKey } from '@clew/internal/reports/repeats'
import type { Report } from '@clew/internal/reports/reporter'

/** What one `configure` reports. Everything in it works without `this`. */
export interface Reports extends EarlyReporter {
  /** Reports the first report of each key. */
  once(key: string, report: Report): void
}

export function createReports(): Reports {
  const reporter = createEarlyReporter('@clew/metrics')
  return { ...reporter, once: oncePerKey(reporter.report) }
}
