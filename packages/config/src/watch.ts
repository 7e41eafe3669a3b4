import { plain } from './display.ts'
import { wrongOption } from './errors.ts'
import { type FileText, readTextLater, withoutEndOfLine } from './file.ts'
import { onlyKnown } from './options.ts'
import { recordOf, type SecretFile } from './provenance.ts'

/** Options of {@link watch}. */
export interface WatchOptions {
  /** Time between two looks, in milliseconds (an integer, at least 100). @defaultValue 10_000 */
  readonly intervalMs?: number
}

/** Something a watcher has to say. Never contains the secret. */
export interface Report {
  readonly type: 'config.secret_changed' | 'config.secret_refused' | 'config.secret_unreadable'
  readonly level: 'info' | 'warn'
  readonly message: string
  /** `variable`, `path` (as in `sources`) and `file`. */
  readonly fields: Readonly<Record<string, unknown>>
}

/** Looks again and again at the files that secrets came from. */
export interface SecretWatcher {
  /** Calls the listener on every report, until the returned function is called. A listener that throws harms nobody. */
  subscribe(listener: (report: Report) => void): () => void
  /**
   * Looks now, or, when a look is under way, once more behind it: what stood in the files when it was called has been seen
   * when it resolves. Never rejects.
   */
  check(): Promise<void>
  /** Ends the watch; resolves when a look that is under way has ended, which takes nothing any more. */
  shutdown(): Promise<void>
}

/**
 * Follows the secrets that came from files (`X_FILE`): when a file's content changes, `reveal()` of that secret returns the new
 * value. A content that its kind refuses, or a file that cannot be read, is reported once, and the old value stays.
 *
 * Reads the files by name at each interval, so that it sees what a symbolic link points to now (Kubernetes swaps one), on any
 * file system. Replace a file by renaming another one: one that is written in place may be taken half written. Does not keep
 * the process alive.
 */
export function watch(configuration: object, options: WatchOptions = {}): SecretWatcher {
  onlyKnown('config.watch', options, ['intervalMs'])
  const { intervalMs = 10_000 } = options
  if (!Number.isInteger(intervalMs) || intervalMs < 100 || intervalMs > 2 ** 31 - 1) {
    throw wrongOption('config.watch', 'intervalMs', 'an integer from 100 to 2147483647', intervalMs)
  }
  const files = recordOf('config.watch', configuration).secretFiles().map(follow)
  const listeners = new Set<(report: Report) => void>()
  let running: Promise<void> | undefined
  let queued: Promise<void> | undefined
  let ended = false

  function tell(report: Report): void {
    for (const listener of [...listeners]) {
      try {
        listener(report)
      } catch {}
    }
  }

  async function look(): Promise<void> {
    const reports = await Promise.all(files.map((file) => file(() => ended)))
    for (const report of reports) if (report) tell(report)
  }

  function start(): Promise<void> {
    queued = undefined
    running = look().finally(() => {
      running = undefined
    })
    return running
  }

  /** A look that is under way may have read a file already, so its end answers nobody who asks now. */
  function check(): Promise<void> {
    queued ??= running?.then(start)
    return queued ?? start()
  }

  const timer = setInterval(() => running ?? check(), intervalMs)
  timer.unref()
  return {
    subscribe(listener) {
      // A function of its own for each call: the same listener may subscribe twice.
      const entry = (report: Report) => listener(report)
      listeners.add(entry)
      return () => void listeners.delete(entry)
    },
    check,
    async shutdown() {
      ended = true
      clearInterval(timer)
      await (queued ?? running)
    },
  }
}

/** Between two readings of a changed file that must agree: it may be half written at the first one. */
const settleMs = 50

/** A file that still changes after so many further readings is left to the next look. */
const maxReadings = 5

/** One file: what was last known of it, and the trouble that was last reported. */
function follow(secretFile: SecretFile): (ended: () => boolean) => Promise<Report | undefined> {
  const { file, maxBytes, variable, path } = secretFile
  const fields = { variable, path, file: plain(file, 256) }
  let known = secretFile.text
  let reported: FileText | undefined

  async function read(): Promise<FileText> {
    const content = await readTextLater(file, maxBytes)
    return content.ok ? { ok: true, text: withoutEndOfLine(content.text) } : content
  }

  async function settled(first: FileText, ended: () => boolean): Promise<FileText | undefined> {
    let last = first
    for (let count = 0; count < maxReadings; count++) {
      // Keeps the process alive, unlike the interval: somebody may wait for this look.
      await new Promise((resolve) => setTimeout(resolve, settleMs))
      const next = await read()
      if (ended()) return undefined
      if (equal(next, last)) return next
      last = next
    }
    return undefined
  }

  function trouble(content: FileText): Report {
    reported = content
    const what = content.ok
      ? 'the new content of its file is not accepted'
      : `its file ${content.why}`
    return {
      type: content.ok ? 'config.secret_refused' : 'config.secret_unreadable',
      level: 'warn',
      message: `${variable}: ${what}; the old value stays`,
      fields,
    }
  }

  return async (ended) => {
    const first = await read()
    if (equal(first, reported)) return undefined
    const same = first.ok && first.text === secretFile.text
    const content = same ? first : await settled(first, ended)
    if (content === undefined || equal(content, reported)) return undefined
    if (!content.ok) return trouble(content)
    const { text } = content
    // Another watcher of this configuration may have taken it already.
    if (text !== secretFile.text && !secretFile.accept(text)) return trouble(content)
    reported = undefined
    if (text === known) return undefined
    known = text
    return {
      type: 'config.secret_changed',
      level: 'info',
      message: `${variable} has a new value`,
      fields,
    }
  }
}

function equal(one: FileText, other: FileText | undefined): boolean {
  if (one.ok) return other?.ok === true && one.text === other.text
  return other?.ok === false && one.why === other.why
}
