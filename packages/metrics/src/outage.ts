import { type Reports, reasonOf } from './reports.ts'

const SUMMARY_MS = 300_000

/**
 * Says that exports fail when they begin to, sums up every five minutes while they go on failing, and says when they work again.
 * Gets `undefined` for an export that worked.
 */
export function outage(
  exporter: string,
  reports: Reports,
  clock: () => number = () => performance.now(),
): (error: unknown) => void {
  let failed = 0
  let unsaid = 0
  let saidAt = 0

  return (error) => {
    if (error === undefined) {
      if (failed === 0) return
      reports.emit({
        type: 'metrics.export_recovered',
        level: 'info',
        message: `metrics are exported again by ${exporter}, after ${failed} failed exports`,
        fields: { exporter, failed },
      })
      failed = 0
      unsaid = 0
      return
    }
    failed++
    const now = clock()
    if (failed > 1 && now - saidAt < SUMMARY_MS) {
      unsaid++
      return
    }
    const reason = reasonOf(error)
    const more = unsaid > 0 ? ` (${unsaid + 1} exports failed since the last message)` : ''
    saidAt = now
    unsaid = 0
    reports.emit({
      type: 'metrics.export_failed',
      level: 'warn',
      message: `metrics could not be exported by ${exporter}: ${reason}${more}`,
      fields: { exporter, reason, failed },
    })
  }
}
