import { registered } from '@clew/internal/telemetry/api'
import type { MeterProvider } from '@opentelemetry/api'

/** Counts the decisions of a sampler, and publishes the counts as a metric. */
export interface Decisions {
  count(sampled: boolean): void
  /**
   * Registers the metric with the current meter provider. Called now and then, since the provider
   * may be registered later, or replaced.
   */
  publish(): void
}

export function createDecisions(): Decisions {
  let [sampled, dropped] = [0, 0]
  let provider: MeterProvider | undefined
  return {
    count(isSampled) {
      if (isSampled) sampled++
      else dropped++
    },
    publish() {
      const current = registered().metrics
      if (current === undefined || current === provider) return
      provider = current
      current
        .getMeter('@clew/trace')
        .createObservableCounter('clew.trace.sampler.decisions', {
          description: 'Traces that began here, by what the adaptive sampler decided',
          unit: '{trace}',
        })
        .addCallback((result) => {
          if (current !== provider) return
          result.observe(sampled, { decision: 'sample' })
          result.observe(dropped, { decision: 'drop' })
        })
    },
  }
}
