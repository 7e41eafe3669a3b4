import type { Report } from './reporter.ts'

const maxKeys = 100

/**
 * Reports the first of each key only. At most 100 keys are remembered; reports with further keys are dropped.
 */
export function oncePerKey(
  report: (report: Report) => void,
): (key: string, report: Report) => void {
  const known = new Set<string>()
  return (key, first) => {
    if (known.has(key) || known.size >= maxKeys) return
    known.add(key)
    report(first)
  }
}

export interface Summaries {
  /** Reports the first of a type at once, and a summary of the others every `summaryMs`. */
  report(report: Report): void
  /** Reports what has not been summed up yet, and stops. */
  close(): void
}

/** For a failure that repeats: it must not fill the log. */
export function createSummaries(report: (report: Report) => void, summaryMs = 30_000): Summaries {
  const windows = new Map<string, { count: number; last: Report; timer: NodeJS.Timeout }>()

  function sumUp(type: string): void {
    const open = windows.get(type)
    if (open === undefined) return
    if (open.count === 0) {
      windows.delete(type)
      return
    }
    const { count, last } = open
    open.count = 0
    open.timer = setTimeout(sumUp, summaryMs, type).unref()
    report({
      ...last,
      message: `${last.message} (${count} more in ${Math.round(summaryMs / 1000)} s)`,
      fields: { ...last.fields, repeated: count },
    })
  }

  return {
    report(next) {
      const open = windows.get(next.type)
      if (open !== undefined) {
        open.count++
        open.last = next
        return
      }
      const timer = setTimeout(sumUp, summaryMs, next.type).unref()
      windows.set(next.type, { count: 0, last: next, timer })
      report(next)
    },
    close() {
      for (const type of [...windows.keys()]) {
        clearTimeout(windows.get(type)?.timer)
        sumUp(type)
      }
      for (const { timer } of windows.values()) clearTimeout(timer)
      windows.clear()
    },
  }
}
