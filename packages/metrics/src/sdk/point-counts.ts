import { createSummaries } from '@clew/internal/reports/repeats'
import type { DeliveryOptions } from './delivery.ts'
import { createOutageReporter } from './outage.ts'
import type { Reports } from './reports.ts'

/** Data points since `configure`. */
export interface PointCounts {
  /** Data points that a receiver accepted. */
  exported: number
  /** Data points that were given up: refused, or too many exports waited. */
  lost: number
  /** Data points that a receiver rejected from an export that it accepted (partial success). */
  rejected: number
}

export type DeliveryListeners = Pick<DeliveryOptions, 'onExported' | 'onLost' | 'onPartialSuccess'>

/** Counts what becomes of the data points of one exporter, and reports what is lost. */
export function watchDelivery(
  exporter: string,
  counts: PointCounts,
  reports: Reports,
): DeliveryListeners {
  const outage = createOutageReporter(exporter, reports.report)
  const summaries = createSummaries(reports.report)
  reports.onClose(summaries.close)
  return {
    onExported(error, points) {
      counts.exported += points
      outage(error)
    },
    onLost(points, reason) {
      counts.lost += points
      summaries.report({
        type: 'metrics.points_lost',
        level: 'warn',
        message: `${points} data points for ${exporter} are lost: ${reason}`,
        fields: { exporter, lost: counts.lost },
      })
    },
    onPartialSuccess({ rejected, message }) {
      counts.rejected += rejected
      const what = rejected === 0 ? 'a warning' : `${rejected} data points rejected`
      summaries.report({
        type: 'metrics.partial_success',
        level: 'warn',
        message: `${exporter} accepted an export in part (${what}): ${message || 'no reason given'}`,
        fields: { exporter, rejected: counts.rejected },
      })
    },
  }
}
