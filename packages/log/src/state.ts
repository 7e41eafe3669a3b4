import { AsyncLocalStorage } from 'node:async_hooks'
import type { Logger } from './logger.ts'
import type { Scope } from './scope/scope.ts'
import type { SharedWriter } from './writer/shared-writer.ts'

/** Something with lines that are not written yet. */
export interface Pending {
  /** Writes what can be written now. */
  flush(): void
  /**
   * For the end of the process: waits for a slow reader until `deadline` (milliseconds since the epoch), then gives up what is left, and
   * says so.
   */
  drain(deadline: number): void
}

/** The state of the process, shared by the ESM and the CommonJS copy of this package. */
export interface State {
  readonly scopes: AsyncLocalStorage<Scope>
  /** The outermost scopes of requests under way. */
  readonly live: Set<Scope>
  /** Writers with lines that are not written yet. */
  readonly pending: Set<Pending>
  /** One for each file, pipe and descriptor. */
  readonly writers: Map<string, SharedWriter>
  readonly streamWriters: WeakMap<object, SharedWriter>
  /** Set when 'exit' has begun: until when a line may wait. From then on each line is written at once, or given up. */
  readonly ending: { by: number | undefined }
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
  writers: new Map(),
  streamWriters: new WeakMap(),
  ending: { by: undefined },
  standard: undefined,
  latest: undefined,
  hooked: false,
}
if (existing === undefined) home[key] = state

// Taken out once: faster, and a test runner may have emptied globalThis by the time a late line is logged.
export const scopes: State['scopes'] = state.scopes
export const live: State['live'] = state.live
export const pending: State['pending'] = state.pending
export const ending: State['ending'] = state.ending
