import type { Report } from '@clew/internal/reports/reporter'
import type { Handler, Middleware } from '@clew/internal/requests/middleware'
import type { HttpOptions } from '../http/middleware.ts'
import type { PointCounts } from './point-counts.ts'

/** The handle of running metrics. */
export interface Meters {
  /** Exports what was measured so far. Ends within `shutdownTimeoutMs`; never rejects. */
  flush(): Promise<void>
  /**
   * Exports what was measured so far, and stops. Ends within `shutdownTimeoutMs`; never rejects.
   * Returns the same promise on each call.
   */
  shutdown(): Promise<void>
  /** What has become of the data points that were pushed. */
  counts(): Readonly<PointCounts>
  /** Creates middleware that measures requests, as the function `http` of this package does. */
  http(options?: HttpOptions): Middleware
  /**
   * Serves Prometheus text. Without the option `prometheus` it answers 404, and after `shutdown`
   * 503, with the reason.
   */
  readonly handler: Handler
  /**
   * Subscribes to the reports of metrics about themselves, including earlier ones: failed exports,
   * full metrics, dropped values. Returns a function that unsubscribes. Until the first
   * subscription, the first report of each type is written to stderr.
   */
  subscribe(listener: (report: Report) => unknown): () => void
}
