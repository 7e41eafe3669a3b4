/**
 * How the text of one variable is read. What only messages and documents need is computed on
 * demand.
 */
export interface Grammar<T> {
  /** The name of the public function that creates the kind: `duration`. */
  readonly type: string
  /** "a duration such as 300ms or 1h30m". Contains nothing of any value. */
  expected(): string
  parse(text: string): Outcome<T>
  /**
   * The text that `parse` turns into an equal value. `undefined` if there is none: a schema made an
   * object of it.
   */
  format(value: T): string | undefined
  /** The text of a default that is not a string; `undefined` if it is not of this kind. */
  encode(value: unknown): string | undefined
  schema(): TextSchema
  /** The text is structured, so that any part of it may be a secret: it is never quoted. */
  readonly opaque?: boolean | undefined
}

/** A JSON Schema of the text of a variable. */
export type TextSchema = Readonly<Record<string, unknown>>

/** The result of parsing a text. */
export type Outcome<T> = { readonly ok: true; readonly value: T } | Refusal

export interface Refusal {
  readonly ok: false
  /** More precise than the grammar's own. Quotes nothing of the text. */
  readonly expected?: string | undefined
  /**
   * What to do about it. May quote the text, or a foreign schema, and is therefore not used for a
   * secret.
   */
  readonly hint?: string | undefined
  /** A hint that never quotes the text: used for a secret, and where there is no other hint. */
  readonly fixedHint?: string | undefined
  readonly async?: boolean
}
