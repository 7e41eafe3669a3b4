const perOctave = 8
const smallestMs = 0.01
const buckets = 28 * perOctave

/** The number of the bucket of a duration: the longer it is, the higher. */
export function bucketOf(ms: number): number {
  const index = ms > smallestMs ? Math.floor(Math.log2(ms / smallestMs) * perOctave) : 0
  return Math.min(buckets - 1, index)
}

/** Durations, counted in buckets each a twelfth wider than the one before: from 10 µs to 45 minutes. */
export class Latencies {
  private readonly counts = new Uint32Array(buckets)
  count = 0
  maxMs = 0

  add(ms: number, bucket: number = bucketOf(ms)): void {
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1
    this.count++
    if (ms > this.maxMs) this.maxMs = ms
  }

  addAll(other: Latencies): void {
    for (let i = 0; i < buckets; i++) {
      this.counts[i] = (this.counts[i] ?? 0) + (other.counts[i] ?? 0)
    }
    this.count += other.count
    this.maxMs = Math.max(this.maxMs, other.maxMs)
  }

  /** In milliseconds, to within 5 %; null if there are none. */
  quantile(share: number): number | null {
    if (this.count === 0) return null
    let left = Math.max(1, Math.ceil(share * this.count))
    for (let i = 0; i < buckets; i++) {
      left -= this.counts[i] ?? 0
      if (left <= 0) return Math.min(this.maxMs, smallestMs * 2 ** ((i + 0.5) / perOctave))
    }
    return this.maxMs
  }

  /** The lowest bucket with at most so many in it and in those above. */
  bucketOfLongest(most: number): number {
    let bucket = buckets
    let above = 0
    while (bucket > 0) {
      above += this.counts[bucket - 1] ?? 0
      if (above > most) break
      bucket--
    }
    return bucket
  }

  clear(): void {
    this.counts.fill(0)
    this.count = 0
    this.maxMs = 0
  }
}
