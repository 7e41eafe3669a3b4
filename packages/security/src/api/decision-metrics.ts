import type { Operation } from '@clew/internal/requests/contract'
import { registered } from '@clew/internal/telemetry/api'
import type { Attributes, Histogram, MeterProvider } from '@opentelemetry/api'
import type { Denial } from '../guard/answer.ts'

/** A decision, in words of which there are only so many. */
export interface CountedDecision {
  readonly outcome: 'allowed' | Denial
  readonly scheme?: string | undefined
  readonly reason?: string | undefined
}

interface Cell {
  readonly attributes: Attributes
  count: number
}

/** What belongs to one provider: another one may be registered later. */
interface Measures {
  readonly cells: Map<string, Cell>
  readonly duration: Histogram
}

/** When a decision begins to wait, on the clock of `performance.now()`; undefined: nobody measures. */
export const startMeasuring = (): number | undefined =>
  registered().metrics === undefined ? undefined : performance.now()

/**
 * Counts a decision for the meter provider that is registered with OpenTelemetry now, and records how
 * long it waited. The counts are our own, read when the provider collects: to find the series of its
 * attributes costs an instrument more than most decisions. A provider that throws changes nothing.
 */
export function measureDecision(
  waitedSinceMs: number | undefined,
  operation: Operation,
  decision: CountedDecision,
): void {
  try {
    const measures = measuresNow()
    if (measures === undefined) return
    cellOf(measures.cells, operation, decision).count++
    if (waitedSinceMs === undefined) return
    const { outcome, scheme } = decision
    const attributes: Attributes = { 'security.outcome': outcome }
    if (scheme !== undefined) attributes['security.scheme'] = scheme
    measures.duration.record((performance.now() - waitedSinceMs) / 1_000, attributes)
  } catch {
    // Access does not depend on telemetry.
  }
}

function cellOf(
  cells: Map<string, Cell>,
  { service, method }: Operation,
  { outcome, scheme, reason }: CountedDecision,
): Cell {
  const key = `${outcome} ${scheme} ${reason} ${method} ${service}`
  let cell = cells.get(key)
  if (cell === undefined) {
    const attributes: Attributes = { 'security.outcome': outcome }
    if (scheme !== undefined) attributes['security.scheme'] = scheme
    if (reason !== undefined) attributes['security.reason'] = reason
    if (service !== undefined) attributes['api.service'] = service
    if (method !== undefined) attributes['api.method'] = method
    cell = { attributes, count: 0 }
    cells.set(key, cell)
  }
  return cell
}

const known = new WeakMap<MeterProvider, Measures>()

function measuresNow(): Measures | undefined {
  const provider = registered().metrics
  return provider && (known.get(provider) ?? createMeasures(provider))
}

function createMeasures(provider: MeterProvider): Measures {
  const meter = provider.getMeter('@clew/security')
  const cells = new Map<string, Cell>()
  meter
    .createObservableCounter('security.decisions', {
      description: 'Decisions of policies that ask for a credential',
      unit: '{decision}',
    })
    .addCallback((result) => {
      for (const { attributes, count } of cells.values()) result.observe(count, attributes)
    })
  const duration = meter.createHistogram('security.decision.duration', {
    description: 'Time that decisions took which had to wait',
    unit: 's',
    advice: {
      explicitBucketBoundaries: [
        0.000_01, 0.000_1, 0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5,
      ],
    },
  })
  const measures = { cells, duration }
  known.set(provider, measures)
  return measures
}
