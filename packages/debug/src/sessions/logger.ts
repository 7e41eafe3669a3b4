import type { IncomingMessage } from 'node:http'
import type { Level } from './session.ts'

/** What the console needs of a logger. `@clew/log` has it; your own logger may have it too. */
export interface OverridableLogger {
  /**
   * Writes lines from this level on, for the requests that match, or everywhere. Returns a function
   * that ends the override.
   */
  override(override: {
    readonly level: Level
    match?(request: IncomingMessage): boolean
  }): () => void
}
