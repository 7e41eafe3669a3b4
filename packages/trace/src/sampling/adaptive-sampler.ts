import type { Attributes } from '@opentelemetry/api'
import { reportCallback } from '../context/callback.ts'
import { optionCheck } from '../errors.ts'
import { httpRequestMethod, httpRoute, urlPath } from '../semconv.ts'
import { createDecisions } from './decisions.ts'
import { checkRules, ruleOf, type SamplingRule } from './rules.ts'
import { drop, parentBased, type Sampler, sample } from './sampler.ts'
import { shapeOf } from './shape.ts'

export interface AdaptiveSamplerOptions {
  /**
   * Most traces that start here in any one second, over all routes: an integer from 1 to 100 000,
   * or a number between 0 and 1 (0.1 is one in ten seconds). The bound is exact for every second,
   * wherever it begins.
   * @defaultValue 2
   */
  readonly maxRatePerSecond?: number | undefined
  /**
   * How many requests of a new route, or of one that was idle for a minute, are sampled without
   * waiting for the turn of their route (integer >= 1).
   * @defaultValue 10
   */
  readonly sampleSize?: number | undefined
  /**
   * Most routes that are told apart (integer >= 1). The others share one key. @defaultValue 1000
   */
  readonly maxKeys?: number | undefined
  /**
   * Rules that are asked first; the first one that matches decides. What a rule samples does not
   * count towards `maxRatePerSecond`.
   * @defaultValue none
   */
  readonly rules?: readonly SamplingRule[] | undefined
  /**
   * Groups spans: those with the same key take turns together.
   * @defaultValue method and route; before the route is known, method and shape of the path;
   * without a method, the name of the span
   */
  readonly key?: ((spanName: string, attributes: Readonly<Attributes>) => string) | undefined
  /** A monotonic clock in milliseconds, for tests. @defaultValue performance.now */
  readonly now?: (() => number) | undefined
}

const optionNames = ['maxRatePerSecond', 'sampleSize', 'maxKeys', 'rules', 'key', 'now'] as const

interface Key {
  seen: number
  lastSeenMs: number
  lastSampledMs: number
  /** It was the key's turn, but the limit of the second was reached. */
  passedOver: boolean
}

const maxRate = 100_000
const idleMs = 60_000
// Keys take their turns a little slower than the rate allows: the rest is left for rare ones.
const load = 0.8

/**
 * Samples at most `maxRatePerSecond` of the traces that start here, shared fairly between routes:
 * each route has its turn, a busy one also gets what no other route needs, and a rare one is still
 * sampled beside it. Low traffic is sampled completely. The decision of a caller is followed
 * (parent based), so that traces are complete; set `publicEndpoint` of {@link http} where callers
 * should not decide. The metric `clew.trace.sampler.decisions` counts the decisions.
 *
 * @throws TypeError `ERR_TRACE_OPTION`
 */
export function adaptiveSampler(options: AdaptiveSamplerOptions = {}): Sampler {
  const check = optionCheck('adaptiveSampler')
  const {
    maxRatePerSecond = 2,
    sampleSize = 10,
    maxKeys = 1000,
    rules = [],
    key = keyOf,
    now = () => performance.now(),
  } = check.options('options', options, optionNames)
  const isNumber = typeof maxRatePerSecond === 'number' && maxRatePerSecond > 0
  const isWhole = Number.isInteger(maxRatePerSecond) && maxRatePerSecond <= maxRate
  if (!isNumber || !(maxRatePerSecond < 1 || isWhole)) {
    const expected = `an integer from 1 to ${maxRate}, or a number between 0 and 1`
    throw check.error('maxRatePerSecond', expected, maxRatePerSecond)
  }
  check.integer('sampleSize', sampleSize, { min: 1 })
  check.integer('maxKeys', maxKeys, { min: 1 })
  checkRules(check, rules)
  check.function('key', key)
  check.function('now', now)

  // When the last samples were taken: the oldest one must have left the window before the next one.
  const recent = new Float64Array(Math.ceil(maxRatePerSecond)).fill(Number.NEGATIVE_INFINITY)
  const windowMs = (recent.length / maxRatePerSecond) * 1000
  let oldest = 0

  const decisions = createDecisions()
  const keys = new Map<string, Key>()
  const rest: Key = createKey()
  let active = 1
  let waiting = 0
  let sweptMs = Number.NEGATIVE_INFINITY

  function sweep(at: number): void {
    sweptMs = at
    decisions.publish()
    const patience = Math.max(idleMs, (keys.size / maxRatePerSecond) * 2000)
    for (const [name, entry] of keys) {
      if (at - entry.lastSeenMs <= patience) continue
      if (entry.passedOver) waiting--
      keys.delete(name)
    }
    active = Math.max(1, keys.size + (at - rest.lastSeenMs <= patience ? 1 : 0))
  }

  function entryOf(name: string): Key {
    const known = keys.get(name)
    if (known !== undefined) return known
    if (keys.size >= maxKeys) return rest
    const entry = createKey()
    keys.set(name, entry)
    active = Math.max(active, keys.size)
    return entry
  }

  function take(name: string): boolean {
    const at = now()
    if (at - sweptMs >= 1000) sweep(at)
    const entry = entryOf(name)
    entry.seen++
    entry.lastSeenMs = at
    const turnMs = ((active / maxRatePerSecond) * 1000) / load
    const isTurn = entry.seen <= sampleSize || at - entry.lastSampledMs >= turnMs
    if (at - (recent[oldest] as number) < windowMs) {
      if (isTurn && !entry.passedOver) {
        entry.passedOver = true
        waiting++
      }
      return false
    }
    // Out of turn, a key only gets what no other key waits for, and leaves one sample of the
    // second.
    const isSpare =
      waiting === 0 &&
      recent.length > 1 &&
      at - (recent[(oldest + 1) % recent.length] as number) >= windowMs
    if (active > 1 && !isTurn && !isSpare) return false
    if (entry.passedOver) {
      entry.passedOver = false
      waiting--
    }
    recent[oldest] = at
    oldest = (oldest + 1) % recent.length
    entry.lastSampledMs = at
    return true
  }

  function nameOf(name: string, attributes: Readonly<Attributes>): string {
    try {
      return key(name, attributes)
    } catch (error) {
      reportCallback('key of trace.adaptiveSampler', error)
      return keyOf(name, attributes)
    }
  }

  return parentBased({
    // oxlint-disable-next-line max-params -- OpenTelemetry's interface
    shouldSample(_context, _traceId, name, _kind, attributes) {
      const rule = rules.length > 0 ? ruleOf(rules, name, attributes) : undefined
      const isSampled =
        rule === undefined ? take(nameOf(name, attributes)) : rule.sample === 'always'
      decisions.count(isSampled)
      return isSampled ? sample : drop
    },
    toString: () => `Adaptive{maxSamplingRate:${maxRatePerSecond},sampleSize:${sampleSize}}`,
  })
}

const createKey = (): Key => ({
  seen: 0,
  lastSeenMs: Number.NEGATIVE_INFINITY,
  lastSampledMs: Number.NEGATIVE_INFINITY,
  passedOver: false,
})

function keyOf(name: string, attributes: Readonly<Attributes>): string {
  const method = attributes[httpRequestMethod]
  const route = attributes[httpRoute]
  if (typeof method !== 'string') return name
  if (typeof route === 'string') return `${method} ${route}`
  const path = attributes[urlPath]
  return typeof path === 'string' ? `${method} ${shapeOf(path)}` : name
}
