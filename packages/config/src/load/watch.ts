import { createReporter, type Report } from '@clew/internal/reports/reporter'
import { checkOf } from '../declaration/mistakes.ts'
import { follow } from './followed-file.ts'
import { recordOf } from './record.ts'

/** Options of {@link watch}. */
export interface WatchOptions {
  /**
   * The time between two checks, in milliseconds (an integer from 100 to 2^31 − 1).
   * @defaultValue 10_000
   */
  readonly intervalMs?: number
}

/** Checks the files of secrets for changes. */
export interface SecretWatcher {
  /**
   * Calls the listener for each report until the returned function is called. What the listener
   * throws is ignored.
   */
  subscribe(listener: (report: Report) => unknown): () => void
  /**
   * Checks now, or once more after a check that is in progress: when it resolves, the content that
   * the files had at the call has been seen. Never rejects.
   */
  check(): Promise<void>
  /**
   * Stops watching. Resolves when a check in progress has ended; that check changes nothing any
   * more.
   */
  shutdown(): Promise<void>
}

/**
 * Watches the files of secrets (`X_FILE`): when the content of a file changes, `reveal()` of its
 * secret returns the new value. A content that its kind refuses, or a file that cannot be read, is
 * reported once, and the old value stays.
 *
 * Reads each file by name at each interval. This follows symbolic links that are replaced, as
 * Kubernetes does, and works on every file system. Replace a file by renaming another one over it:
 * a file that is written in place may be read half written. Does not keep the process alive.
 *
 * Also reports the variables that `load` found by a former name, to the first listener.
 */
export function watch(configuration: object, options: WatchOptions = {}): SecretWatcher {
  const check = checkOf('config.watch')
  check.options('options', options, ['intervalMs'])
  const { intervalMs = 10_000 } = options
  check.milliseconds('intervalMs', intervalMs, 100)
  const record = recordOf(configuration, 'config.watch')
  const files = record.secretFiles().map(follow)
  const reporter = createReporter()
  let running: Promise<void> | undefined
  let queued: Promise<void> | undefined
  let ended = false

  async function checkFiles(): Promise<void> {
    const reports = await Promise.all(files.map((checkFile) => checkFile(() => ended)))
    for (const report of reports) if (report) reporter.report(report)
  }

  function start(): Promise<void> {
    queued = undefined
    running = checkFiles().finally(() => {
      running = undefined
    })
    return running
  }

  /** A check in progress may already have read a file, so waiting for its end is not enough. */
  function checkNow(): Promise<void> {
    queued ??= running?.then(start)
    return queued ?? start()
  }

  const timer = setInterval(() => running ?? checkNow(), intervalMs)
  timer.unref()
  return {
    subscribe(listener) {
      const ends = [reporter.subscribe(listener), record.subscribe?.(listener)]
      return () => {
        for (const end of ends) end?.()
      }
    },
    check: checkNow,
    async shutdown() {
      ended = true
      clearInterval(timer)
      await (queued ?? running)
    },
  }
}
