/** A session as it is kept for all instances. */
export interface StoredSession {
  readonly id: string
  /** `{ level, filter, actor }` as JSON. */
  readonly session: string
  readonly leftMs: number
  /** Who applies it. */
  readonly instances: readonly string[]
}

export interface Stored {
  readonly sessions: readonly StoredSession[]
  /** Sessions that somebody has closed, for as long as another instance may still apply them. */
  readonly closed: readonly string[]
}

/**
 * Where the instances of a service share their debug sessions. All calls may fail: the sessions of a
 * process go on without it.
 */
export interface SessionStore {
  /** Keeps a session for `ttlMs`, or keeps it longer, and tells the others. */
  put(id: string, session: string, ttlMs: number): Promise<unknown>
  /** Notes that a session is closed, and tells the others. */
  remove(id: string): Promise<unknown>
  /** Notes that an instance applies a session, and tells the others. */
  take(id: string, instance: string): Promise<unknown>
  read(): Promise<Stored>
  /** Calls `onChange` when something has changed. Resolves to a function that ends it. */
  watch(onChange: () => void): Promise<() => Promise<unknown>>
}
