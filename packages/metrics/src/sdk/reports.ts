import { createEarlyReporter, type EarlyReporter } from '@clew/internal/reports/early-reporter'
import { oncePerKey } from '@clew/internal/reports/repeats'
import type { Report } from '@clew/internal/reports/reporter'

/** What one `configure` reports. Everything in it works without `this`. */
export interface Reports extends EarlyReporter {
  /** Reports the first report of each key. */
  once(key: string, report: Report): void
  /** Adds what has to be reported before the end. */
  onClose(report: () => void): void
  /** Writes reports that nobody received to stderr. */
  write(): void
}

export function createReports(): Reports {
  const reporter = createEarlyReporter('@clew/metrics')
  const closing: (() => void)[] = []
  return {
    ...reporter,
    once: oncePerKey(reporter.report),
    onClose: (report) => closing.push(report),
    write: reporter.close,
    close() {
      for (const report of closing.splice(0)) report()
      reporter.close()
    },
  }
}
