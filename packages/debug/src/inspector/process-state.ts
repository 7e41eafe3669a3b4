import type { Session } from 'node:inspector'

/** What exists only once in a process, however many copies of this package it has loaded. */
export interface ProcessState {
  /** What is being captured, as an error message names it. */
  capture: string | undefined
  /** The heap sampler: V8 has one per isolate. */
  readonly heap: {
    /** How many users want it running. */
    users: number
    /** Whether an allocation profile has it to itself. */
    taken: boolean
    session: Session | undefined
    /** When it was started, in milliseconds since 1970. */
    since: number
    /** Settles when the sampler has been started or stopped as last requested. */
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
