import type { Operation } from '@clew/internal/requests/record'
import { registered } from '@clew/internal/telemetry/api'
import type { Attributes, Counter, Histogram } from '@opentelemetry/api'
import type { Denial } from '../guard/answer.ts'

/** A decision, in words of which there are only so many. */
export interface CountedDecision {
  readonly outcome: 'allowed' | Denial
  readonly scheme?: string | undefined
  readonly reason?: string | undefined
}

interface Instruments {
  readonly decisions: Counter
  readonly duration: Histogram
}

/** When a decision begins, on the clock of `performance.now()`; undefined: nobody measures. */
export const startMeasuring = (): number | undefined =>
  registered().metrics === undefined ? undefined : performance.now()

/**
 * Counts a decision, and records how long it took, with the meter provider that is registered with
 * OpenTelemetry now. A provider that throws changes nothing.
 */
export function measureDecision(
  startMs: number | undefined,
  { service, method }: Operation,
  { outcome, scheme, reason }: CountedDecision,
): void {
  if (startMs === undefined) return
  try {
    const instruments = instrumentsOf()
    if (!instruments) return
    const judged: Attributes = { 'security.outcome': outcome }
    if (scheme !== undefined) judged['security.scheme'] = scheme
    instruments.duration.record((performance.now() - startMs) / 1_000, { ...judged })
    if (reason !== undefined) judged['security.reason'] = reason
    if (service !== undefined) judged['api.service'] = service
    if (method !== undefined) judged['api.method'] = method
    instruments.decisions.add(1, judged)
  } catch {
    // Access does not depend on telemetry.
  }
}

// For each provider: another one may be registered later.
const known = new WeakMap<object, Instruments>()

function instrumentsOf(): Instruments | undefined {
  const provider = registered().metrics
  if (provider === undefined) return undefined
  let found = known.get(provider)
  if (!found) {
    const meter = provider.getMeter('@clew/security')
    found = {
      decisions: meter.createCounter('security.decisions', {
        description: 'Decisions of policies that ask for a credential',
        unit: '{decision}',
      }),
      duration: meter.createHistogram('security.decision.duration', {
        description: 'Time a decision took',
        unit: 's',
        advice: {
          explicitBucketBoundaries: [
            0.000_01, 0.000_1, 0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5,
          ],
        },
      }),
    }
    known.set(provider, found)
  }
  return found
}
