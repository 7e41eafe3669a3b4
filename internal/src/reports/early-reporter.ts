import { createReporter, type Report, type Reporter, tell } from './reporter.ts'

const maxWaiting = 16
const graceMs = 1000

export interface EarlyReporter extends Reporter {
  /** Writes to stderr what nobody was there to hear. */
  close(): void
}

/**
 * A reporter for what happens before anybody can have subscribed: reports wait a second for the first listener. If none comes,
 * the first report of each type is written to stderr.
 * @param name - the package, as stderr shows it: `@clew/trace`
 */
export function createEarlyReporter(name: string): EarlyReporter {
  const reporter = createReporter()
  const waiting: Report[] = []
  const written = new Set<string>()
  let grace: NodeJS.Timeout | undefined

  function toStderr(): void {
    clearTimeout(grace)
    grace = undefined
    for (const { type, level, message } of waiting.splice(0)) {
      if (written.has(type)) continue
      written.add(type)
      process.stderr.write(`${name} ${level}: ${message}\n`)
    }
  }

  return {
    subscribe(listener) {
      const unsubscribe = reporter.subscribe(listener)
      clearTimeout(grace)
      grace = undefined
      for (const report of waiting.splice(0)) tell(listener, report)
      return unsubscribe
    },
    isHeard: reporter.isHeard,
    report(report) {
      if (reporter.isHeard()) reporter.report(report)
      else if (waiting.length < maxWaiting) {
        waiting.push(report)
        grace ??= setTimeout(toStderr, graceMs).unref()
      }
    },
    close: toStderr,
  }
}
