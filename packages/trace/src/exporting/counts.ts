/** Counts since `configure`. */
export interface ExportCounts {
  /** Spans that the collector accepted. */
  exported: number
  /** Spans that were dropped because the queue was full. */
  dropped: number
  /** Spans that were given up: the collector did not take them, or they could not be encoded. */
  failed: number
  /** Spans that the collector rejected from an export that it accepted (partial success). */
  rejected: number
}

export const noCounts = (): ExportCounts => ({ exported: 0, dropped: 0, failed: 0, rejected: 0 })
