import type { Attributes, Context, Link, SpanKind, TraceState } from '@opentelemetry/api'
import { parentOf, SAMPLED } from './api.ts'
import { badOption } from './errors.ts'

/** 0: not recorded · 1: recorded, not exported · 2: recorded and sampled. The numbers are OpenTelemetry's. */
export type SamplingDecision = 0 | 1 | 2

export interface SamplingResult {
  readonly decision: SamplingDecision
  readonly attributes?: Readonly<Attributes>
  readonly traceState?: TraceState
}

/** OpenTelemetry's sampler, by its shape: one of the SDK's own fits too. */
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
 * `'always'` or `'never'`, whatever a caller decided · a number from 0 to 1: that share of the new traces, and the caller's decision
 * for the rest · a sampler, such as {@link adaptiveSampler}.
 */
export type Sampling = 'always' | 'never' | number | Sampler

export const DROP: SamplingResult = Object.freeze({ decision: 0 })
export const SAMPLE: SamplingResult = Object.freeze({ decision: 2 })

export const always: Sampler = { shouldSample: () => SAMPLE, toString: () => 'AlwaysOnSampler' }
export const never: Sampler = { shouldSample: () => DROP, toString: () => 'AlwaysOffSampler' }

/** The last 14 hex digits of a trace id are random (W3C Trace Context level 2): below `share` of their range, it is in. */
export function ratio(share: number): Sampler {
  const bound = share * 2 ** 56
  return {
    shouldSample: (_context, traceId) =>
      Number.parseInt(traceId.slice(-14), 16) < bound ? SAMPLE : DROP,
    toString: () => `TraceIdRatioBased{${share}}`,
  }
}

/** Whoever began the trace decides; `root` decides for the traces that begin here. */
export function parentBased(root: Sampler): Sampler {
  return {
    shouldSample(context, traceId, name, kind, attributes, links) {
      const parent = parentOf(context)
      if (parent !== undefined) return parent.traceFlags & SAMPLED ? SAMPLE : DROP
      return root.shouldSample(context, traceId, name, kind, attributes, links)
    },
    toString: () => `ParentBased{root=${root.toString()}}`,
  }
}

/** The option `sampler` of `configure` as a sampler. */
export function samplerOf(sampling: Sampling): Sampler {
  if (sampling === 'always') return always
  if (sampling === 'never') return never
  if (typeof sampling === 'number' && sampling >= 0 && sampling <= 1) {
    return parentBased(ratio(sampling))
  }
  const given = sampling as Sampler | null
  if (typeof given === 'object' && typeof given?.shouldSample === 'function') return given
  throw badOption('sampler', `'always', 'never', a number from 0 to 1, or a sampler`, sampling)
}
