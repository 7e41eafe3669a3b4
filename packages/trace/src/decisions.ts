import type { MeterProvider } from '@opentelemetry/api'
import { registered } from './api.ts'

/** Counts what a sampler decided, and shows it as a metric. */
export interface Decisions {
  count(sampled: boolean): void
  /** Now and then: the metric belongs to whichever meter provider is registered by then. */
  publish(): void
}

export function decisions(): Decisions {
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
