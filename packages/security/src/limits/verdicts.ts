/** Remembered results of checks: bounded, oldest out first, each with an expiry. */
export interface Verdicts<T> {
  get(key: string, nowMs: number): T | undefined
  set(key: string, value: T, untilMs: number): void
  clear(): void
  readonly size: number
}

export function createVerdicts<T>(maxEntries: number): Verdicts<T> {
  const entries = new Map<string, { readonly value: T; readonly untilMs: number }>()
  return {
    get(key, nowMs) {
      const entry = entries.get(key)
      if (!entry) return undefined
      if (entry.untilMs > nowMs) return entry.value
      entries.delete(key)
      return undefined
    },
    set(key, value, untilMs) {
      if (maxEntries === 0) return
      if (entries.size >= maxEntries && !entries.has(key)) {
        const oldest = entries.keys().next()
        if (!oldest.done) entries.delete(oldest.value)
      }
      entries.set(key, { value, untilMs })
    },
    clear() {
      entries.clear()
    },
    get size() {
      return entries.size
    },
  }
}
