import type { Session } from 'node:inspector'
import type { V8Stack } from './v8-heap-stacks.ts'
import type { V8HeapProfile } from './v8-profiles.ts'

export interface HeapSamples {
  readonly profile: V8HeapProfile
  /** When sampling began, in milliseconds since 1970. */
  readonly since: number
  /** When it was read. */
  readonly until: number
  /** What was sampled before the sampler was restarted. */
  readonly kept: readonly V8Stack[]
}

/** What exists only once in a process, however many copies of this package it has loaded. */
export interface ProcessState {
  /** The captures that run now. */
  readonly captures: Set<symbol>
  readonly heap: HeapState
  /** Absent in an older copy. */
  isTakingSnapshot?: boolean
}

/** The heap sampler: V8 has one per isolate. */
export interface HeapState {
  /** How many users want what is alive. */
  liveUsers: number
  /** How many users also want what is garbage collected. They win: V8 has one sampler. */
  allUsers: number
  /** How many count what is allocated from a moment on, and still alive: the mode must stay. */
  deltas: number
  /** What the running sampler counts; undefined if none of ours runs. */
  mode: 'live' | 'all' | undefined
  session: Session | undefined
  /** When sampling began, in milliseconds since 1970. */
  since: number
  /** What the sampler had gathered before it was restarted. Nobody knows what is freed of it. */
  kept: readonly V8Stack[]
  keptSince: number
  /** Settles when the sampler has been started or stopped as last requested. */
  queue: Promise<void>
  /** The reading in progress: others that ask meanwhile share it. */
  reading: Promise<HeapSamples> | undefined
  /** The last reading, and when it was taken, on the clock of `performance.now()`. */
  last: { readonly samples: HeapSamples; readonly atMs: number } | undefined
  /** Why the sampler could not be started, and when that was seen. */
  refused: { readonly error: Error; readonly atMs: number } | undefined
}

const key = Symbol.for('@clew/debug/v1')

export function processState(): ProcessState {
  const holder = globalThis as { [key]?: ProcessState }
  holder[key] ??= {
    captures: new Set(),
    heap: {
      liveUsers: 0,
      allUsers: 0,
      deltas: 0,
      mode: undefined,
      session: undefined,
      since: 0,
      kept: [],
      keptSince: 0,
      queue: Promise.resolve(),
      reading: undefined,
      last: undefined,
      refused: undefined,
    },
  }
  return holder[key]
}
