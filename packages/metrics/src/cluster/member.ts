import type { Report } from '@clew/internal/reports/reporter'
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'

/** What the primary and each worker of a cluster do for a scrape. */
export interface Member {
  /** Collects what all processes have measured so far. */
  pull(timeoutMs: number): Promise<ResourceMetrics>
  /** Tells the others the last numbers of this process. Never rejects. */
  leave(): Promise<void>
  /** Ends it. */
  stop(): void
}

export interface MemberOptions {
  /** Collects what this process has measured so far. */
  readonly collect: (timeoutMs: number) => Promise<ResourceMetrics>
  /** How long a scrape waits for each worker. */
  readonly workerTimeoutMs: number
  readonly cardinalityLimit: number
  /** Reports the first report of each key. */
  readonly reportOnce: (key: string, report: Report) => void
}
