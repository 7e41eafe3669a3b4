import type { Fields } from './line.ts'

export const noNames: ReadonlySet<string> = new Set()

const maxDepth = 16

/** The fields that many lines share: a logger's, or a logger's and a scope's. Joined and encoded when a line is written first. */
export class Context {
  /** Names that a call cannot overwrite: those a middleware has written. */
  readonly owned: ReadonlySet<string>
  /** The encoded fields of the JSON format, made on first use. */
  json: string | undefined = undefined
  #parent: Context | undefined
  #fields: Fields
  /** How many parents it still has. Not private: the other copy's contexts can be parents. */
  depth = 0

  constructor(fields: Fields, parent?: Context, owned: ReadonlySet<string> = noNames) {
    this.#fields = fields
    this.#parent = parent
    this.owned = owned
    if (parent === undefined) return
    this.depth = parent.depth + 1
    // A logger that is replaced by its child again and again keeps what it has, not where it comes from.
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
}
