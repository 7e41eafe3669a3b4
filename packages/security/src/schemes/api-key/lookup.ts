import type { Reporter } from '@clew/internal/reports/reporter'
import { deadline } from '../../limits/deadline.ts'
import { storeFault } from '../../limits/store-fault.ts'
import { createStoreState } from '../../limits/store-state.ts'
import { createVerdicts } from '../../limits/verdicts.ts'
import { createEntry, type Entry } from './entry.ts'
import { recordFault } from './record.ts'
import type { ApiKeyStore } from './store.ts'

/** Looks records up in a store, and remembers them for a while, if that is wanted. */
export interface Lookup {
  /** What is remembered, and may be used without asking. */
  remembered(id: string): Entry | undefined
  /** Asks the store. `'bad_record'`: what it has cannot be used. Never rejects. */
  ask(id: string): Promise<Entry | 'bad_record' | 'timed_out' | 'failed' | undefined>
  /** What is remembered, for when the store is down. */
  fallback(id: string): Entry | undefined
  clear(): void
}

export interface LookupOptions {
  /** Name of the scheme. */
  readonly scheme: string
  readonly store: ApiKeyStore
  readonly timeoutMs: number
  readonly cacheMs: number
  readonly outageMs: number
  readonly cacheMax: number
  readonly reporter: Reporter
}

interface Remembered {
  readonly entry: Entry
  readonly freshUntilMs: number
}

export function createLookup({ scheme, store, timeoutMs, ...options }: LookupOptions): Lookup {
  const { cacheMs, outageMs, cacheMax, reporter } = options
  const known = createVerdicts<Remembered>(cacheMs + outageMs > 0 ? cacheMax : 0)
  const state = createStoreState(reporter, {
    down: {
      type: 'security.key_store_down',
      message:
        outageMs > 0
          ? 'the store of API keys is down; those that were looked up lately are still accepted'
          : 'the store of API keys is down; nobody is let in with one',
    },
    up: { type: 'security.key_store_up', message: 'the store of API keys answers again' },
  })

  function remember(id: string, entry: Entry): void {
    const nowMs = performance.now()
    const freshUntilMs = nowMs + cacheMs
    known.set(id, { entry, freshUntilMs }, freshUntilMs + outageMs)
  }

  return {
    remembered(id) {
      const found = known.get(id, performance.now())
      if (!found) return undefined
      // While it is down: without waiting for it, but for one request a second.
      return performance.now() < found.freshUntilMs || !state.mayCall() ? found.entry : undefined
    },
    async ask(id) {
      const signal = AbortSignal.timeout(timeoutMs)
      try {
        const record = await deadline(async () => store.get(id, { signal }), signal)
        state.succeeded()
        if (record && recordFault(record) !== undefined) return 'bad_record'
        if (record?.id !== id) return undefined
        const entry = createEntry(scheme, record)
        remember(id, entry)
        return entry
      } catch (error) {
        state.failed(storeFault(error, signal.aborted))
        return signal.aborted ? 'timed_out' : 'failed'
      }
    },
    fallback: (id) => known.get(id, performance.now())?.entry,
    clear: known.clear,
  }
}
