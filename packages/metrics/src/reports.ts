/** Something the metrics have to say about themselves. Never a secret; `fields` are few and short. */
export interface Report {
  /**
   * `metrics.export_failed`, `metrics.export_recovered`, `metrics.overflow`, `metrics.value_dropped`, `metrics.callback_failed`,
   * `metrics.name_clash`, `metrics.joined`, `metrics.environment`, `metrics.shutdown_incomplete`
   */
  readonly type: string
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

export interface Reports {
  subscribe(listener: (report: Report) => void): () => void
  /** Says it now. */
  emit(report: Report): void
  /** Says it the first time it comes with this key. At most 100 keys are remembered; what comes after is not said. */
  once(key: string, report: Report): void
  /** Says on stderr what nobody was there to hear. */
  close(): void
}

const HELD = 16
const GRACE_MS = 1000
const KEYS = 100

/**
 * `configure` has things to say before anyone can have subscribed to the handle it returns, so reports wait a moment for the first
 * listener. If none comes, each type is said once on stderr.
 */
export function reports(): Reports {
  const listeners = new Set<(report: Report) => void>()
  const held: Report[] = []
  const saidOnStderr = new Set<string>()
  const saidKeys = new Set<string>()
  let grace: NodeJS.Timeout | undefined

  function toStderr(): void {
    grace = undefined
    for (const report of held.splice(0)) {
      if (saidOnStderr.has(report.type)) continue
      saidOnStderr.add(report.type)
      process.stderr.write(`@clew/metrics ${report.level}: ${report.message}\n`)
    }
  }

  function emit(report: Report): void {
    if (listeners.size > 0) {
      for (const listener of listeners) call(listener, report)
    } else if (held.length < HELD) {
      held.push(report)
      grace ??= setTimeout(toStderr, GRACE_MS).unref()
    }
  }

  return {
    subscribe(listener) {
      listeners.add(listener)
      clearTimeout(grace)
      grace = undefined
      for (const report of held.splice(0)) call(listener, report)
      return () => {
        listeners.delete(listener)
      }
    },
    emit,
    once(key, report) {
      if (saidKeys.has(key) || saidKeys.size >= KEYS) return
      saidKeys.add(key)
      emit(report)
    },
    close() {
      clearTimeout(grace)
      toStderr()
    },
  }
}

function call(listener: (report: Report) => void, report: Report): void {
  try {
    listener(report)
  } catch {
    // A listener that throws harms nobody: metrics have no better place to say so.
  }
}

/** One bounded line of an error that came from elsewhere. */
export function reasonOf(error: unknown): string {
  const message =
    typeof error === 'object' && error !== null && 'message' in error ? error.message : error
  return String(message).replace(/\s+/g, ' ').slice(0, 300)
}
