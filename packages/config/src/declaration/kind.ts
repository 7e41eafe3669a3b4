import type { Secret } from '../values/secret.ts'
import type { Grammar } from './grammar.ts'

/** A registered symbol: a kind made by the CommonJS copy works in the `load` of the ESM copy. */
export const definitionKey: unique symbol = Symbol.for('@clew/config/kind/v1') as never

/** How one variable is read. Immutable: each method returns a new kind. */
export interface Kind<T> extends AnyKind {
  /** The variable may be unset: its value is then `undefined`. */
  optional(): Kind<T | undefined>
  /**
   * The value is a {@link Secret}: it appears in no message, report or document, and is refused on
   * the command line.
   */
  secret(): Kind<Concealed<T>>
  /**
   * Whether X may be read from the file that X_FILE names. Without this call, only a secret may:
   * `SSL_CERT_FILE` and `LOG_FILE` are names that other programs use.
   * @param allowed - `false` for a secret whose X_FILE has another purpose. @defaultValue true
   */
  fromFile(allowed?: boolean): Kind<T>
  /**
   * Former names of the variable, in full, without the prefix. A value under one of them is used,
   * and reported once in a process (`config.variable_renamed`).
   */
  alias(...names: string[]): Kind<T>
  /** Adds a sentence to the generated documents. */
  describe(text: string): Kind<T>
  readonly [definitionKey]: Definition<T>
}

/** A kind of any type. */
export interface AnyKind {
  readonly [definitionKey]: Definition<unknown>
}

/**
 * The type of a kind after `.secret()`: `string | undefined` becomes `Secret<string> | undefined`.
 */
export type Concealed<T> = 0 extends 1 & T // `any`, which would match Secret itself
  ? Secret<T>
  : [Exclude<T, undefined>] extends [Secret<unknown>]
    ? T
    : Secret<Exclude<T, undefined>> | Extract<T, undefined>

/** Options of every kind. */
export interface VariableOptions {
  /**
   * The full name of the variable, such as `PORT`; the prefix is not added.
   * @defaultValue derived from the path: `httpAddr` is `HTTP_ADDR`, `database.url` is
   *   `DATABASE_URL`
   */
  readonly name?: string
}

export interface Definition<T> {
  /** Untyped, since the loader does not know the type either. */
  readonly grammar: Grammar<unknown>
  readonly optional: boolean
  readonly secret: boolean
  /** Whether X_FILE may name a file. Undefined: if it is a secret. */
  readonly file?: boolean | undefined
  /** Former names. */
  readonly aliases?: readonly string[] | undefined
  /** An empty text is a value, and does not count as unset. */
  readonly allowEmpty: boolean
  readonly name: string | undefined
  readonly description: string | undefined
  /** The default. Without a text if no text of the environment gives the value. */
  readonly fallback: { readonly text: string | undefined; readonly value: unknown } | undefined
  /** Carries the type; never set. */
  readonly value?: () => T
}

/** Whether a value is a kind, including one made by another copy of this package. */
export function isKind(value: unknown): value is AnyKind {
  return typeof value === 'object' && value !== null && definitionKey in value
}
