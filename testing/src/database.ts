/** A database server of its own, for one test file: it can be stopped, hang, and come back. */
export interface Database {
  readonly url: string
  readonly port: number
  /** Starts it again, with the same port. */
  start(): Promise<void>
  /** Kills it. */
  stop(): Promise<void>
  /** From now on nothing is answered; connections stay open, new ones can be opened. */
  pause(): Promise<void>
  resume(): Promise<void>
  /** Kills it, and removes its files. */
  close(): Promise<void>
}
