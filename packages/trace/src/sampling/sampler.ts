import type { Attributes, Context, Link, SpanKind, TraceState } from '@opentelemetry/api'
import { parentOf, sampledFlag } from '../context/span-context.ts'
import type { Check } from '../errors.ts'

/**
 * 0: not recorded; 1: recorded, not exported; 2: recorded and sampled. The numbers are
 * OpenTelemetry's.
 */
export type SamplingDecision = 0 | 1 | 2

export interface SamplingResult {
  readonly decision: SamplingDecision
  readonly attributes?: Readonly<Attributes>
  readonly traceState?: TraceState
}

/** A sampler as OpenTelemetry defines it: the SDK's own samplers fit. */
export interface Sampler {
  shouldSample(
    context: Context,
    traceId: string,
    spanName: string,
    spanKind: SpanKind,
    attributes: Attributes,
    links: Link[],
  ): SamplingResult
  toString(): string
}

/**
 * Which traces are recorded.
 *
 * - `'always'`, `'never'`: all or none, whatever the caller decided
 * - a number from 0 to 1: that share of the traces that start here; other traces as their caller
 *   decided
 * - a sampler, such as {@link adaptiveSampler}
 */
export type Sampling = 'always' | 'never' | number | Sampler

export const drop: SamplingResult = Object.freeze({ decision: 0 })
export const sample: SamplingResult = Object.freeze({ decision: 2 })

export const always: Sampler = { shouldSample: () => sample, toString: () => 'AlwaysOnSampler' }
export const never: Sampler = { shouldSample: () => drop, toString: () => 'AlwaysOffSampler' }

/**
 * Samples the given share of traces by their id, whose last 14 hex digits are random (W3C Trace
 * Context level 2): the same trace gets the same decision everywhere.
 */
export function ratio(share: number): Sampler {
  const bound = share * 2 ** 56
  return {
    shouldSample: (_context, traceId) =>
      Number.parseInt(traceId.slice(-14), 16) < bound ? sample : drop,
    toString: () => `TraceIdRatioBased{${share}}`,
  }
}

/** Follows the decision of the caller; `root` decides about traces that start here. */
export function parentBased(root: Sampler): Sampler {
  return {
    // oxlint-disable-next-line max-params -- OpenTelemetry's interface
    shouldSample(context, traceId, name, kind, attributes, links) {
      const parent = parentOf(context)
      if (parent !== undefined) return parent.traceFlags & sampledFlag ? sample : drop
      return root.shouldSample(context, traceId, name, kind, attributes, links)
    },
    toString: () => `ParentBased{root=${root.toString()}}`,
  }
}

/** Checks the option `sampler` of `configure`, and turns it into a sampler. */
export function samplerOption(check: Check, sampling: Sampling): Sampler {
  if (sampling === 'always') return always
  if (sampling === 'never') return never
  if (typeof sampling === 'number' && sampling >= 0 && sampling <= 1) {
    return parentBased(ratio(sampling))
  }
  const sampler = sampling as Sampler | null
  if (typeof sampler === 'object' && typeof sampler?.shouldSample === 'function') return sampler
  const expected = "'always', 'never', a number from 0 to 1 or a sampler"
  throw check.error('sampler', expected, sampling)
}
