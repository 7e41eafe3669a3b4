import type { Report } from './reporter.ts'

const maxKeys = 100

/**
 * Passes on only the first report per key. Remembers at most 100 keys; reports with further keys
 * are dropped.
 */
export function oncePerKey(
  report: (report: Report) => void,
): (key: string, report: Report) => void {
  const reportedKeys = new Set<string>()
  return (key, first) => {
    if (reportedKeys.has(key) || reportedKeys.size >= maxKeys) return
    reportedKeys.add(key)
    report(first)
  }
}

export interface Summaries {
  /**
   * Passes on the first report of a type at once, and a summary of the others every `summaryMs`.
   */
  report(report: Report): void
  /** Reports the open summaries, and stops the timers. */
  close(): void
}

/** Keeps a failure that repeats from flooding the log. */
export function createSummaries(report: (report: Report) => void, summaryMs = 30_000): Summaries {
  const windows = new Map<string, { count: number; last: Report; timer: NodeJS.Timeout }>()

  function summarize(type: string): void {
    const window = windows.get(type)
    if (window === undefined) return
    if (window.count === 0) {
      windows.delete(type)
      return
    }
    const { count, last } = window
    window.count = 0
    window.timer = setTimeout(summarize, summaryMs, type).unref()
    report({
      ...last,
      message: `${last.message} (${count} more in ${Math.round(summaryMs / 1000)} s)`,
      fields: { ...last.fields, repeated: count },
    })
  }

  return {
    report(next) {
      const window = windows.get(next.type)
      if (window !== undefined) {
        window.count++
        window.last = next
        return
      }
      const timer = setTimeout(summarize, summaryMs, next.type).unref()
      windows.set(next.type, { count: 0, last: next, timer })
      report(next)
    },
    close() {
      for (const type of [...windows.keys()]) {
        clearTimeout(windows.get(type)?.timer)
        summarize(type)
      }
      for (const { timer } of windows.values()) clearTimeout(timer)
      windows.clear()
    },
  }
}
