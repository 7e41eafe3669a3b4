import type { Reporter } from '@clew/internal/reports/reporter'
import { deadline } from '../../limits/deadline.ts'
import { storeFault } from '../../limits/store-fault.ts'
import type { ApiKeyStore } from './store.ts'

/** Tells a store which keys are used. Nobody waits for it. */
export interface Usage {
  note(id: string): void
  /** Settles when everything noted has been told, or was lost. */
  finished(): Promise<void>
}

const everyMs = 60_000
const reportEveryMs = 60_000
const maxKnown = 100_000
const maxPending = 1_000

const noUsage: Usage = { note() {}, finished: () => Promise.resolve() }

/**
 * One call at a time, and at most one a minute for each of the last 100,000 keys. 1,000 wait; what
 * is beyond that, or what the store does not take, is lost and counted.
 */
export function createUsage(
  store: ApiKeyStore | undefined,
  timeoutMs: number,
  reporter: Reporter,
): Usage {
  if (typeof store?.used !== 'function') return noUsage
  // The one noted last comes last.
  const noted = new Map<string, number>()
  const pending: { readonly id: string; readonly at: Date }[] = []
  let telling: Promise<void> | undefined
  let lost = 0
  let reportedMs = Number.NEGATIVE_INFINITY

  function lose(count: number, error: string): void {
    lost += count
    if (performance.now() - reportedMs < reportEveryMs) return
    reportedMs = performance.now()
    reporter.report({
      type: 'security.last_use_lost',
      level: 'warn',
      message: 'the store of API keys was not told when some keys were used last',
      fields: { lost, error },
    })
  }

  async function tell(): Promise<void> {
    // After the request that has begun this.
    await new Promise((resolve) => setImmediate(resolve))
    for (let next = pending.shift(); next; next = pending.shift()) {
      const { id, at } = next
      const signal = AbortSignal.timeout(timeoutMs)
      try {
        await deadline(async () => store?.used?.(id, at), signal)
      } catch (error) {
        // The others would wait as long for nothing.
        lose(1 + pending.splice(0).length, storeFault(error, signal.aborted))
      }
    }
    telling = undefined
  }

  return {
    note(id) {
      const nowMs = performance.now()
      const last = noted.get(id)
      if (last !== undefined && nowMs - last < everyMs) return
      noted.delete(id)
      noted.set(id, nowMs)
      if (noted.size > maxKnown) noted.delete(noted.keys().next().value as string)
      if (pending.length >= maxPending) {
        lose(1, 'EBUSY')
        return
      }
      pending.push({ id, at: new Date() })
      telling ??= tell()
    },
    finished: () => telling ?? Promise.resolve(),
  }
}
