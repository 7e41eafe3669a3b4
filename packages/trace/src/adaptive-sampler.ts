import type { Attributes } from '@opentelemetry/api'
import { decisions } from './decisions.ts'
import { badOption, checkNumber } from './errors.ts'
import { DROP, parentBased, SAMPLE, type Sampler } from './sampler.ts'
import { HTTP_REQUEST_METHOD, HTTP_ROUTE, URL_PATH } from './semconv.ts'
import { shapeOf } from './shape.ts'

export interface AdaptiveSamplerOptions {
  /**
   * Most traces begun here in any one second, over all routes: an integer from 1 to 100 000, or a number between 0 and 1 (0.1 is one
   * in ten seconds). The bound is exact: no second, wherever it starts, holds more. @defaultValue 2 (Clue's)
   */
  readonly maxRatePerSecond?: number
  /** How many first requests of a route that is new, or was idle for a minute, need not wait for their turn. @defaultValue 10 (Clue's) */
  readonly sampleSize?: number
  /** Most routes told apart (integer >= 1). The rest share one key. @defaultValue 1000 */
  readonly maxKeys?: number
  /** Rules that come first; the first one that matches decides. What a rule samples does not count against the rate. @defaultValue none */
  readonly rules?: readonly SamplingRule[]
  /** What counts as the same kind of work. @defaultValue method and route; method and shape of the path before the route is known; else the name of the span */
  readonly key?: (spanName: string, attributes: Readonly<Attributes>) => string
  /** Milliseconds that only go forward, for tests. @defaultValue performance.now */
  readonly now?: () => number
}

/** Always or never, for requests whose path or spans whose name match. */
export interface SamplingRule {
  /** The exact path or span name, or a pattern. */
  readonly match: string | RegExp
  readonly sample: 'always' | 'never'
}

interface Key {
  seen: number
  lastSeenMs: number
  lastSampledMs: number
  /** It was its turn, but the second was full. */
  passedOver: boolean
}

const MAX_RATE = 100_000
const IDLE_MS = 60_000
// Keys take their turns a little slower than the rate allows: what is left is there for those that come seldom.
const LOAD = 0.8

/**
 * Samples at most `maxRatePerSecond` new traces a second, shared fairly between routes: each route in use has its turn, a busy one takes
 * what nobody else needs, and a rare one still gets through beside a busy one. Low traffic is sampled whole. A caller's decision is
 * followed (parent based), so that traces are whole; `publicEndpoint` of {@link http} is for callers who should not decide.
 * The metric `clew.trace.sampler.decisions` counts what was sampled and dropped.
 */
export function adaptiveSampler(options: AdaptiveSamplerOptions = {}): Sampler {
  const { maxRatePerSecond = 2, sampleSize = 10, maxKeys = 1000, rules = [], key = keyOf } = options
  const now = options.now ?? (() => performance.now())
  const whole = Number.isInteger(maxRatePerSecond) && maxRatePerSecond <= MAX_RATE
  if (!(maxRatePerSecond > 0 && (maxRatePerSecond < 1 || whole))) {
    throw badOption(
      'maxRatePerSecond',
      `an integer from 1 to ${MAX_RATE}, or a number between 0 and 1`,
      maxRatePerSecond,
    )
  }
  checkNumber('sampleSize', sampleSize, { min: 1 })
  checkNumber('maxKeys', maxKeys, { min: 1 })
  checkRules(rules)

  // When the last samples were: the oldest of them must have left the window before another one is due.
  const recent = new Float64Array(Math.ceil(maxRatePerSecond)).fill(Number.NEGATIVE_INFINITY)
  const windowMs = (recent.length / maxRatePerSecond) * 1000
  let oldest = 0

  const counted = decisions()
  const keys = new Map<string, Key>()
  const rest: Key = fresh()
  let active = 1
  let waiting = 0
  let sweptMs = Number.NEGATIVE_INFINITY

  function sweep(at: number): void {
    sweptMs = at
    counted.publish()
    const patience = Math.max(IDLE_MS, (keys.size / maxRatePerSecond) * 2000)
    for (const [name, entry] of keys) {
      if (at - entry.lastSeenMs <= patience) continue
      if (entry.passedOver) waiting--
      keys.delete(name)
    }
    active = Math.max(1, keys.size + (at - rest.lastSeenMs <= patience ? 1 : 0))
  }

  function entryOf(name: string): Key {
    const found = keys.get(name)
    if (found !== undefined) return found
    if (keys.size >= maxKeys) return rest
    const made = fresh()
    keys.set(name, made)
    active = Math.max(active, keys.size)
    return made
  }

  function take(name: string): boolean {
    const at = now()
    if (at - sweptMs >= 1000) sweep(at)
    const entry = entryOf(name)
    entry.seen++
    entry.lastSeenMs = at
    const turnMs = ((active / maxRatePerSecond) * 1000) / LOAD
    const isTurn = entry.seen <= sampleSize || at - entry.lastSampledMs >= turnMs
    if (at - (recent[oldest] as number) < windowMs) {
      if (isTurn && !entry.passedOver) {
        entry.passedOver = true
        waiting++
      }
      return false
    }
    // A key that could have its turn later takes what nobody waits for, and leaves one sample of the second to the others.
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

  return parentBased({
    shouldSample(_context, _traceId, name, _kind, attributes) {
      const rule = rules.length > 0 ? ruleOf(rules, name, attributes) : undefined
      const isSampled = rule === undefined ? take(key(name, attributes)) : rule.sample === 'always'
      counted.count(isSampled)
      return isSampled ? SAMPLE : DROP
    },
    toString: () => `Adaptive{maxSamplingRate:${maxRatePerSecond},sampleSize:${sampleSize}}`,
  })
}

const fresh = (): Key => ({
  seen: 0,
  lastSeenMs: Number.NEGATIVE_INFINITY,
  lastSampledMs: Number.NEGATIVE_INFINITY,
  passedOver: false,
})

function keyOf(name: string, attributes: Readonly<Attributes>): string {
  const method = attributes[HTTP_REQUEST_METHOD]
  const route = attributes[HTTP_ROUTE]
  if (typeof method !== 'string') return name
  if (typeof route === 'string') return `${method} ${route}`
  const path = attributes[URL_PATH]
  return typeof path === 'string' ? `${method} ${shapeOf(path)}` : name
}

function ruleOf(
  rules: readonly SamplingRule[],
  name: string,
  attributes: Readonly<Attributes>,
): SamplingRule | undefined {
  const path = attributes[URL_PATH]
  const target = typeof path === 'string' ? path : name
  return rules.find(({ match }) =>
    typeof match === 'string' ? match === target : match.test(target),
  )
}

function checkRules(rules: readonly SamplingRule[]): void {
  if (!Array.isArray(rules)) throw badOption('rules', 'an array', rules)
  for (const { match, sample } of rules) {
    if (
      typeof match !== 'string' &&
      (typeof match?.test !== 'function' || match.global || match.sticky)
    ) {
      throw badOption('rules[].match', 'a string, or a pattern without the flags g and y', match)
    }
    if (sample !== 'always' && sample !== 'never') {
      throw badOption('rules[].sample', `'always' or 'never'`, sample)
    }
  }
}
