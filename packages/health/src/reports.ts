/** One thing the checker has to say: a dependency went down, or is back. */
export interface Report {
  /** `health.changed`. */
  readonly type: string
  /** `error`: a critical dependency is down. `warn`: another one is down. `info`: it is back. */
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
  /** `dep`, `critical`; down: `err`, `code`; back: `down_ms`. No secrets, bounded. */
  readonly fields: Readonly<Record<string, unknown>>
}

export interface Reports {
  subscribe(listener: (report: Report) => void): () => void
  publish(report: Report): void
}

export function reports(): Reports {
  const listeners = new Set<(report: Report) => unknown>()
  return {
    subscribe(listener) {
      // A wrapper of its own, so that the same function may be subscribed twice and each subscription ends alone.
      const one = (report: Report) => listener(report)
      listeners.add(one)
      return () => {
        listeners.delete(one)
      }
    },
    publish(report) {
      for (const listener of [...listeners]) {
        try {
          // An async listener that rejects must not become an unhandled rejection.
          void Promise.resolve(listener(report)).catch(() => {})
        } catch {
          // A listener that throws harms nobody: neither the check nor the listeners after it.
        }
      }
    },
  }
}
