import { registered } from '@clew/internal/telemetry/api'
import type { Meter, MeterProvider } from '@opentelemetry/api'
import { state } from './state.ts'

/** The instrumentation scope of all instruments of this package, the user's and its own. */
export const scopeName = '@clew/metrics'

/**
 * Returns a function that gives the instrument of the provider that is registered now, and creates
 * it again when another provider is registered. This lets an instrument exist before `configure`:
 * the instruments of `@opentelemetry/api` would stay no-ops.
 */
export function lazily<T>(create: (meter: Meter) => T): () => T | undefined {
  let bound: MeterProvider | undefined
  let instrument: T | undefined
  return () => {
    const provider = registered().metrics
    if (provider !== bound) {
      bound = provider
      instrument = undefined
      try {
        if (provider) instrument = create(provider.getMeter(scopeName))
      } catch {
        // A foreign provider that throws costs this measurement, not the caller.
      }
      bindObservables()
    }
    return instrument
  }
}

// Each observable that finds a new provider calls bindObservables again.
let isBinding = false

/** Makes every observable check for a new provider, since nothing else calls them. */
export function bindObservables(): void {
  if (isBinding) return
  isBinding = true
  for (const bind of state().observables) bind()
  isBinding = false
}
