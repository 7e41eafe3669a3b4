import { createReporter, type Report, type Reporter, tell } from './reporter.ts'
import { writeStderr } from './stderr.ts'

const maxPending = 16
const graceMs = 1000

export interface EarlyReporter extends Reporter {
  /** Writes reports that nobody received to stderr. */
  close(): void
}

/**
 * A reporter for events before anybody can subscribe: up to 16 reports wait one second for the
 * first listener. If none subscribes, the first report of each type is written to stderr.
 * @param name - the package name to write to stderr: `@clew/trace`
 */
export function createEarlyReporter(name: string): EarlyReporter {
  const reporter = createReporter()
  const pending: Report[] = []
  const writtenTypes = new Set<string>()
  let grace: NodeJS.Timeout | undefined

  function flushToStderr(): void {
    clearTimeout(grace)
    grace = undefined
    for (const { type, level, message } of pending.splice(0)) {
      if (writtenTypes.has(type)) continue
      writtenTypes.add(type)
      writeStderr(`${name} ${level}: ${message}`)
    }
  }

  return {
    subscribe(listener) {
      const unsubscribe = reporter.subscribe(listener)
      clearTimeout(grace)
      grace = undefined
      for (const report of pending.splice(0)) tell(listener, report)
      return unsubscribe
    },
    isHeard: reporter.isHeard,
    report(report) {
      if (reporter.isHeard()) reporter.report(report)
      else if (pending.length < maxPending) {
        pending.push(report)
        grace ??= setTimeout(flushToStderr, graceMs).unref()
      }
    },
    close: flushToStderr,
  }
}
