import type { Session } from 'node:inspector'

/** What this process can have only once, whatever copies of this package it has loaded. */
export interface ProcessState {
  /** What is being captured now. */
  capture: string | undefined
  /** The sampler of the heap: V8 has one per isolate. */
  readonly heap: {
    /** How many want it running. */
    users: number
    /** Whether an allocation profile has it for itself. */
    taken: boolean
    session: Session | undefined
    /** When it was started, in milliseconds of the epoch. */
    since: number
    /** Settles when it has been started or stopped as was last wanted. */
    queue: Promise<void>
  }
}

const key = Symbol.for('@clew/debug/v1')

export function processState(): ProcessState {
  const holder = globalThis as { [key]?: ProcessState }
  holder[key] ??= {
    capture: undefined,
    heap: { users: 0, taken: false, session: undefined, since: 0, queue: Promise.resolve() },
  }
  return holder[key]
}
