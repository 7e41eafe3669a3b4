/** An event that a package reports about itself. Bounded, and without secrets. */
export interface Report {
  /** Package and event, such as `health.changed`; the package's README lists them. */
  readonly type: string
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** Receives each report. What it throws or rejects with is dropped. */
export type ReportListener = (report: Report) => unknown

export interface Reporter {
  /**
   * Adds a listener; returns a function that removes it. A listener that is added twice is called
   * twice.
   */
  subscribe(listener: ReportListener): () => void
  /** Whether there is a listener. */
  isHeard(): boolean
  report(report: Report): void
}

export function createReporter(): Reporter {
  const subscriptions = new Set<{ readonly listener: ReportListener }>()
  return {
    subscribe(listener) {
      const subscription = { listener }
      subscriptions.add(subscription)
      return () => {
        subscriptions.delete(subscription)
      }
    },
    isHeard: () => subscriptions.size > 0,
    report(report) {
      for (const { listener } of [...subscriptions]) tell(listener, report)
    },
  }
}

/** Calls a listener; what it throws, or rejects with, is dropped. */
export function tell(listener: ReportListener, report: Report): void {
  try {
    const result = listener(report) as PromiseLike<unknown> | null | undefined
    if (typeof result?.then === 'function') result.then(undefined, () => {})
  } catch {
    // A failing listener cannot be reported to itself, and must not break the package.
  }
}
