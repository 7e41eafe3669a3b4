/** Remembers proofs in the memory of the process: a bounded number of them. */
export interface ProofMemory {
  /**
   * Times in seconds. `forgotten`: it is as old as proofs that were forgotten for lack of room, so
   * that it may be one of them.
   */
  add(key: string, issuedAt: number, now: number): 'new' | 'seen' | 'forgotten'
  /** Forgotten for lack of room. */
  readonly forgotten: number
}

/**
 * By the second in which they were issued. When there is no more room, those issued first are
 * forgotten, and from then on all that old are refused: the time in which a proof is good gets
 * shorter, but none is good twice.
 *
 * @param window - after which a proof is refused for its age, in seconds
 */
export function createProofMemory(maxEntries: number, window: number): ProofMemory {
  const seconds = new Map<number, Set<string>>()
  let size = 0
  let forgotten = 0
  let oldest = Number.NEGATIVE_INFINITY
  let swept = 0

  function drop(second: number): number {
    const dropped = seconds.get(second)?.size ?? 0
    seconds.delete(second)
    size -= dropped
    return dropped
  }

  function sweep(now: number): void {
    const second = Math.floor(now)
    if (second === swept) return
    swept = second
    for (const issued of seconds.keys()) if (issued + window < second) drop(issued)
  }

  return {
    add(key, issuedAt, now) {
      sweep(now)
      const second = Math.floor(issuedAt)
      if (seconds.get(second)?.has(key)) return 'seen'
      while (size >= maxEntries) {
        const first = Math.min(...seconds.keys())
        forgotten += drop(first)
        oldest = Math.max(oldest, first)
      }
      if (second <= oldest) return 'forgotten'
      const keys = seconds.get(second)
      if (keys) keys.add(key)
      else seconds.set(second, new Set([key]))
      size++
      return 'new'
    },
    get forgotten() {
      return forgotten
    },
  }
}
