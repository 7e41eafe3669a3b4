/** Who looks on, and what there is to see: one place in a process, for all packages and copies. */
export interface Observers {
  readonly topics: Map<string, Topic<never>>
  readonly sources: Map<string, Set<() => unknown>>
}

/** Something that happens again and again, such as the end of a request. */
export interface Topic<T> {
  /**
   * Tells those who listen. Undefined while nobody does: compare first, and nobody looking costs
   * that comparison.
   */
  tell: ((event: T) => void) | undefined
  readonly listeners: Set<(event: T) => void>
}

const key: unique symbol = Symbol.for('@clew/observers/v1') as never
const globals = globalThis as { [key]?: Observers }
globals[key] ??= { topics: new Map(), sources: new Map() }

/** Within v1, names are added, and what they carry gets more fields, as with the record. */
export const observers: Observers = globals[key]
