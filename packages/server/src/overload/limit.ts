/** How many requests may be in progress at once. */
export interface Limit {
  readonly current: number
  /** A request has ended. @param busy - how many were in progress with it */
  sample(durationMs: number, busy: number, nowMs: number): void
}

export const fixedLimit = (current: number): Limit => ({ current, sample() {} })

export interface AdaptiveBounds {
  readonly min: number
  readonly max: number
}

/** At least so many requests, and so much time, make a window. */
const windowCount = 20
const windowMs = 500
/** How much slower than usual requests may be without a lower limit. */
const tolerance = 1.5
/** The share of a new limit: a single bad window changes little. */
const smoothing = 0.2
/** How fast it gets used to requests that are slower: in a quarter of an hour, since load alone makes them so. */
const rise = 1 / 2_000
/** And to those that are faster. */
const fall = 1 / 5

/**
 * A limit that finds itself, after the gradient of Netflix's concurrency-limits: as long as requests
 * are about as fast as usual it grows by its square root, which is the queue that it allows; when
 * they get slower it shrinks in proportion. It only changes while it is used.
 */
export class AdaptiveLimit implements Limit {
  private readonly bounds: AdaptiveBounds
  private limit: number
  private usualMs = 0
  private startedAt = 0
  private count = 0
  private sumMs = 0
  private peak = 0

  constructor(bounds: AdaptiveBounds) {
    this.bounds = bounds
    this.limit = Math.min(bounds.max, Math.max(bounds.min, 20))
  }

  get current(): number {
    return Math.floor(this.limit)
  }

  sample(durationMs: number, busy: number, nowMs: number): void {
    if (this.count === 0) this.startedAt = nowMs
    this.count++
    this.sumMs += durationMs
    this.peak = Math.max(this.peak, busy)
    if (this.count < windowCount || nowMs - this.startedAt < windowMs) return
    this.adapt(Math.max(0.01, this.sumMs / this.count))
    this.count = 0
    this.sumMs = 0
    this.peak = 0
  }

  private adapt(currentMs: number): void {
    if (this.usualMs === 0) this.usualMs = currentMs
    this.usualMs += (currentMs - this.usualMs) * (currentMs < this.usualMs ? fall : rise)
    if (this.peak < this.limit / 2) return
    const gradient = Math.min(1, Math.max(0.5, (tolerance * this.usualMs) / currentMs))
    const next = this.limit * gradient + Math.sqrt(this.limit)
    const { min, max } = this.bounds
    this.limit = Math.min(max, Math.max(min, this.limit + (next - this.limit) * smoothing))
  }
}
