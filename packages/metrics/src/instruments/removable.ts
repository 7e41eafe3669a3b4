import type { Attributes } from './attributes.ts'

/** An instrument whose series can be removed. */
export interface Removable {
  /**
   * Removes the series with exactly these attributes, such as that of a tenant who has left: it is
   * no longer exported, and makes room below the cardinality limit. If it is measured again, it
   * begins anew. Returns whether there was one. Another OpenTelemetry SDK, and histograms with
   * exponential buckets, cannot remove a series: it is then false.
   */
  remove(attributes?: Attributes): boolean
}
