import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'
import type { Reports } from './reports.ts'

/**
 * Returns a function that is given each collection, and reports names that two metrics have: a view
 * may rename a metric to the name of another instrument.
 */
export function watchNameClashes(reports: Reports): (collected: ResourceMetrics) => void {
  return ({ scopeMetrics }) => {
    for (const { metrics } of scopeMetrics) {
      const seen = new Set<string>()
      for (const { descriptor } of metrics) {
        const { name } = descriptor
        if (seen.has(name)) {
          reports.once(`clash ${name}`, {
            type: 'metrics.name_clash',
            level: 'warn',
            message: `a view creates a second metric named ${name}; the back end may keep only one`,
            fields: { metric: name },
          })
        }
        seen.add(name)
      }
    }
  }
}
