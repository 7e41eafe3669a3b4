import type { Report } from '../reports/reporter.ts'

export interface EndOptions {
  /** The report that telemetry is sent late; undefined if nothing waits. */
  readonly late: () => Report | undefined
  /** The report that telemetry is lost; undefined if nothing waits. */
  readonly lost: () => Report | undefined
  readonly flush: () => Promise<void>
  readonly report: (report: Report) => void
  /** Writes reports that nobody has received to stderr. */
  readonly write: () => void
}

/**
 * Sends the telemetry that waits when the process ends by itself and nobody called `shutdown`.
 * After `process.exit` nothing can be sent: the loss is reported. Returns a function that stops it.
 */
export function watchProcessEnd({ late, lost, flush, report, write }: EndOptions): () => void {
  // Once: sending keeps the process alive, and Node then announces the end again.
  const beforeExit = () => {
    const what = late()
    if (what === undefined) return
    report(what)
    void flush().then(write)
  }
  const exit = () => {
    const what = lost()
    if (what === undefined) return
    report(what)
    write()
  }
  process.once('beforeExit', beforeExit)
  process.once('exit', exit)
  return () => {
    process.off('beforeExit', beforeExit)
    process.off('exit', exit)
  }
}
