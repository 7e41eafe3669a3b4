import type { Fields } from './fields.ts'
import { sizeOf } from './size.ts'

const maxDepth = 16

let count = 0

/** How many there are so far: each later one has a higher serial. */
export const contextsMade = (): number => count

/**
 * The fields that many lines share: a logger's. Joined and encoded when a line is written first.
 */
export class Context {
  /** The encoded fields of the JSON format, made on first use. */
  json: string | undefined = undefined
  readonly serial: number = ++count
  #parent: Context | undefined
  #fields: Fields
  private bytes = -1
  /** How many parents it still has. Not private: the other copy's contexts can be parents. */
  depth = 0

  constructor(fields: Fields, parent?: Context) {
    this.#fields = fields
    this.#parent = parent
    if (parent === undefined) return
    this.depth = parent.depth + 1
    // A logger that is replaced by its child again and again keeps what it has, not where it comes
    // from.
    if (this.depth > maxDepth) void this.fields
  }

  /** With those of its parents. */
  get fields(): Fields {
    if (this.#parent !== undefined) {
      this.#fields = { ...this.#parent.fields, ...this.#fields }
      this.#parent = undefined
      this.depth = 0
    }
    return this.#fields
  }

  /**
   * Roughly what it takes in memory, with those of its parents that are not older than `serial`.
   * Always the same, once computed.
   */
  bytesSince(serial: number): number {
    if (this.serial <= serial) return 0
    if (this.bytes < 0) this.bytes = sizeOf(this.#fields) + (this.#parent?.bytesSince(serial) ?? 0)
    return this.bytes
  }
}
