/** Something tracing has to say about itself. Never a secret; `fields` are few and short. */
export interface Report {
  /** `trace.export_failed`, `trace.export_recovered`, `trace.spans_dropped`, `trace.joined`, `trace.environment` … */
  readonly type: string
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

export interface Reports {
  subscribe(listener: (report: Report) => void): () => void
  /** Says it now. */
  emit(report: Report): void
  /** Says the first of its type now, and a summary of the rest each `summaryMs`. */
  repeat(report: Report): void
  /** Says what is still held back, and stops. */
  close(): void
}

const HELD = 16
const GRACE_MS = 1000

/**
 * `configure` has things to say before anyone can have subscribed to the handle it returns, so reports wait a moment for the first
 * listener. If none comes, each type is said once on stderr.
 */
export function reports({ summaryMs = 30_000 }: { readonly summaryMs?: number } = {}): Reports {
  const listeners = new Set<(report: Report) => void>()
  const held: Report[] = []
  const said = new Set<string>()
  const windows = new Map<string, { count: number; last: Report; timer: NodeJS.Timeout }>()
  let grace: NodeJS.Timeout | undefined

  function toStderr(): void {
    grace = undefined
    for (const report of held.splice(0)) {
      if (said.has(report.type)) continue
      said.add(report.type)
      process.stderr.write(`@clew/trace ${report.level}: ${report.message}\n`)
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

  function summarize(type: string): void {
    const open = windows.get(type)
    if (open === undefined) return
    if (open.count === 0) {
      windows.delete(type)
      return
    }
    const { count, last } = open
    open.count = 0
    open.timer = setTimeout(summarize, summaryMs, type).unref()
    emit({
      ...last,
      message: `${last.message} (${count} more in ${Math.round(summaryMs / 1000)} s)`,
      fields: { ...last.fields, repeated: count },
    })
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
    repeat(report) {
      const open = windows.get(report.type)
      if (open) {
        open.count++
        open.last = report
        return
      }
      const timer = setTimeout(summarize, summaryMs, report.type).unref()
      windows.set(report.type, { count: 0, last: report, timer })
      emit(report)
    },
    close() {
      for (const [type, { timer }] of windows) {
        clearTimeout(timer)
        summarize(type)
      }
      for (const { timer } of windows.values()) clearTimeout(timer)
      windows.clear()
      clearTimeout(grace)
      toStderr()
    },
  }
}

function call(listener: (report: Report) => void, report: Report): void {
  try {
    listener(report)
  } catch {
    // A listener that throws harms nobody: tracing has no better place to say so.
  }
}

/** One bounded line of an error that came from elsewhere. */
export function reasonOf(error: unknown): string {
  const message =
    typeof error === 'object' && error !== null && 'message' in error ? error.message : error
  return String(message).replace(/\s+/g, ' ').slice(0, 300)
}
