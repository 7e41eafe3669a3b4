/** What the console says about itself: an audit line, or a problem. Hand it to your logger. */
export interface Report {
  /** `debug.session_opened`, `debug.session_closed`, `debug.profile`, `debug.denied` or `debug.failed`. */
  readonly type: string
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
  /** Who, what and from where. No secrets; every text is bounded. */
  readonly fields: Readonly<Record<string, unknown>>
}

export interface Reports {
  subscribe(listener: (report: Report) => void): () => void
  send(report: Report): void
}

export function createReports(): Reports {
  const listeners = new Set<{ readonly listener: (report: Report) => void }>()
  return {
    subscribe(listener) {
      // An entry of its own, so that one function may subscribe twice and leave once.
      const entry = { listener }
      listeners.add(entry)
      return () => {
        listeners.delete(entry)
      }
    },
    send(report) {
      for (const { listener } of [...listeners]) {
        try {
          listener(report)
        } catch {
          // The audience must not break what it watches.
        }
      }
    },
  }
}
