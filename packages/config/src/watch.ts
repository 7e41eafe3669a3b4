import { plain } from './display.ts'
import { wrongOption } from './errors.ts'
import { fileSystem, withoutEndOfLine } from './file.ts'
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
  /** Looks now; resolves when all files have been read. Never rejects. */
  check(): Promise<void>
  /** Ends the watch. */
  shutdown(): Promise<void>
}

/** Between the two readings of a changed file that must agree: it may be half written at the first one. */
const settleMs = 50

/**
 * Follows the secrets that came from files (`X_FILE`): when a file's content changes, `reveal()` of that secret returns the new
 * value. A content that its kind refuses, or a file that cannot be read, is reported once, and the old value stays.
 *
 * Reads the files by name at each interval, so that it sees what a symbolic link points to now (Kubernetes swaps one), on any
 * file system. Does not keep the process alive.
 */
export function watch(
  configuration: object,
  { intervalMs = 10_000 }: WatchOptions = {},
): SecretWatcher {
  if (!Number.isInteger(intervalMs) || intervalMs < 100 || intervalMs > 2 ** 31 - 1) {
    throw wrongOption('config.watch', 'intervalMs', 'an integer from 100 to 2147483647', intervalMs)
  }
  const files = recordOf('config.watch', configuration).secretFiles().map(follow)
  const listeners = new Set<(report: Report) => void>()
  let running: Promise<void> | undefined
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

  function check(): Promise<void> {
    running ??= look().finally(() => {
      running = undefined
    })
    return running
  }

  const timer = setInterval(() => void check(), intervalMs)
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
      await running
    },
  }
}

/** One file: the text that is in use, and the trouble that has been reported. */
function follow(secretFile: SecretFile): (ended: () => boolean) => Promise<Report | undefined> {
  const { file, maxBytes, variable, path } = secretFile
  const fields = { variable, path, file: plain(file, 256) }
  let current = secretFile.text
  let reported: string | undefined

  const trouble = (type: Report['type'], what: string): Report | undefined => {
    if (reported === what) return undefined
    reported = what
    return { type, level: 'warn', message: `${variable}: ${what}; the old value stays`, fields }
  }

  return async (ended) => {
    const first = await readSmall(file, maxBytes)
    if (first === undefined) return trouble('config.secret_unreadable', 'its file cannot be read')
    if (first === current) {
      reported = undefined
      return undefined
    }
    await new Promise((resolve) => setTimeout(resolve, settleMs).unref())
    if (ended() || (await readSmall(file, maxBytes)) !== first) return undefined
    if (!secretFile.accept(first))
      return trouble('config.secret_refused', 'the new content of its file is not accepted')
    current = first
    reported = undefined
    return {
      type: 'config.secret_changed',
      level: 'info',
      message: `${variable} has a new value`,
      fields,
    }
  }
}

async function readSmall(file: string, maxBytes: number): Promise<string | undefined> {
  const { constants, promises } = fileSystem()
  try {
    // O_NONBLOCK: a FIFO would hold a thread of the pool for ever.
    const handle = await promises.open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    try {
      const stat = await handle.stat()
      if (!stat.isFile() || stat.size > maxBytes) return undefined
      const { buffer, bytesRead } = await handle.read(
        Buffer.alloc(stat.size + 1),
        0,
        stat.size + 1,
        0,
      )
      const text = new TextDecoder('utf-8', { fatal: true }).decode(buffer.subarray(0, bytesRead))
      return withoutEndOfLine(text)
    } finally {
      await handle.close()
    }
  } catch {
    return undefined
  }
}
