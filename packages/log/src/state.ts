import { AsyncLocalStorage } from 'node:async_hooks'
import type { Logger } from './logger.ts'
import type { Scope } from './scope.ts'

/** Something with lines that are not written yet. */
export interface Pending {
  /** Writes what can be written now, waiting for a slow reader until `deadline` (milliseconds since the epoch). */
  drain(deadline: number): void
}

/** The state of the process, shared by the ESM and the CommonJS copy of this package. */
export interface State {
  readonly scopes: AsyncLocalStorage<Scope>
  /** The outermost scopes of requests under way. */
  readonly live: Set<Scope>
  /** Writers with lines that are not written yet. */
  readonly pending: Set<Pending>
  standard: Logger | undefined
  /** The last one made: who reports a crash when nothing was configured. */
  latest: Logger | undefined
  hooked: boolean
}

const key: unique symbol = Symbol.for('@clew/log/v1') as never
const home = globalThis as { [key]?: State }

const existing = home[key]

export const state: State = existing ?? {
  scopes: new AsyncLocalStorage<Scope>(),
  live: new Set(),
  pending: new Set(),
  standard: undefined,
  latest: undefined,
  hooked: false,
}
if (existing === undefined) home[key] = state

// Taken out once: faster, and a test runner may have emptied globalThis by the time a late line is logged.
export const scopes: State['scopes'] = state.scopes
export const live: State['live'] = state.live
export const pending: State['pending'] = state.pending
