/** Something this package has to say about itself. Holds no secret, and a bounded amount of text. */
export interface Report {
  /** `security.denied`, `security.allowed`, `security.keys_failed` … */
  readonly type: string
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** Gets each report; what it throws is dropped. */
export type ReportListener = (report: Report) => void

export interface Reporter {
  /** Adds a listener, and returns what takes it away again. */
  subscribe(listener: ReportListener): () => void
  readonly listened: boolean
  report(report: Report): void
}

export function reporter(): Reporter {
  const listeners = new Set<{ readonly listener: ReportListener }>()
  return {
    subscribe(listener) {
      const entry = { listener }
      listeners.add(entry)
      return () => {
        listeners.delete(entry)
      }
    },
    get listened() {
      return listeners.size > 0
    },
    report(report) {
      for (const { listener } of listeners) {
        try {
          listener(report)
        } catch {
          // A listener that throws harms nobody.
        }
      }
    },
  }
}

/** Text of foreign origin in a report: cut, and without control characters. */
export function plain(text: unknown, maxLength = 128): string {
  return String(text)
    .slice(0, maxLength)
    .replace(/[^\x20-\x7e]/g, '?')
}
