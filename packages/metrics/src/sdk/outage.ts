import { reasonOf } from '@clew/internal/errors/reason'
import type { Report } from '@clew/internal/reports/reporter'

const summaryMs = 300_000

/**
 * Returns a function that is told how each export went: an error, or undefined. It reports the
 * first failure, a summary every five minutes while exports fail, and the recovery.
 */
export function createOutageReporter(
  exporter: string,
  report: (report: Report) => void,
  clock: () => number = () => performance.now(),
): (error: unknown) => void {
  let failed = 0
  let unreported = 0
  let reportedAtMs = 0

  return (error) => {
    if (error === undefined) {
      if (failed === 0) return
      report({
        type: 'metrics.export_recovered',
        level: 'info',
        message: `${exporter} exports metrics again, after ${failed} failed exports`,
        fields: { exporter, failed },
      })
      failed = 0
      unreported = 0
      return
    }
    failed++
    const now = clock()
    if (failed > 1 && now - reportedAtMs < summaryMs) {
      unreported++
      return
    }
    const reason = reasonOf(error)
    const more = unreported > 0 ? ` (${unreported + 1} exports failed since the last message)` : ''
    reportedAtMs = now
    unreported = 0
    report({
      type: 'metrics.export_failed',
      level: 'warn',
      message: `${exporter} could not export metrics: ${reason}${more}`,
      fields: { exporter, reason, failed },
    })
  }
}
