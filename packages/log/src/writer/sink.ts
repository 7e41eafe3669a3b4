import type { Entry } from '../line/entry.ts'

/** What lines go to, from one level on and in one format: an output of the options. */
export interface Sink {
  /** Lines below it do not go here. */
  readonly severity: number
  write(entry: Entry): void
  /** The logger is shut down, or has other sinks from now on. */
  close?(): void
  /** Several sinks can share one. */
  readonly writer: SinkWriter
}

export interface SinkWriter {
  /** Writes what can be written now. */
  flush(): void
  /** Resolves when nothing waits any more, or at the deadline. */
  end(deadline: number): Promise<void>
  /** Whether it needs the event loop. */
  readonly needsLoop?: boolean
  /** Lines lost since the beginning. */
  readonly dropped: number
}
