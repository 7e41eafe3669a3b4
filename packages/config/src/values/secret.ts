import { redacted } from '../text/credentials.ts'

// The documented key of util.inspect.custom; importing node:util for it would cost a millisecond.
const inspect: unique symbol = Symbol.for('nodejs.util.inspect.custom') as never
const brand: unique symbol = Symbol.for('@clew/secret/v1') as never

/**
 * A value that prints as `[redacted]` wherever values are printed: JSON, template strings,
 * `console.log`, `util.inspect`, `structuredClone`, error messages, `@clew/log`. The value itself
 * is in a private field; only `reveal()` returns it.
 *
 * Marked with `Symbol.for('@clew/secret/v1')`, so that other packages recognise it without
 * importing this one.
 */
export interface Secret<T> {
  /**
   * Always `'[redacted]'`: what a copy of the own properties (`structuredClone`, `{ ...secret }`)
   * contains.
   */
  readonly secret: '[redacted]'
  /**
   * The value. Call it where the value is used, not where it is passed on, to get a rotated secret.
   */
  reveal(): T
  toString(): '[redacted]'
  toJSON(): '[redacted]'
}

/** Private to this module: as a method, it would be available to everybody who has the secret. */
let replace: <T>(secret: Concealed<T>, value: T) => void

class Concealed<T> implements Secret<T> {
  readonly secret = redacted
  #value: T

  constructor(value: T) {
    this.#value = value
    Object.defineProperty(this, brand, { value: true })
    Object.freeze(this)
  }

  reveal(): T {
    return this.#value
  }

  toString(): typeof redacted {
    return redacted
  }

  toJSON(): typeof redacted {
    return redacted
  }

  [Symbol.toPrimitive](): typeof redacted {
    return redacted
  }

  [inspect](): typeof redacted {
    return redacted
  }

  static {
    replace = (secret, value) => {
      secret.#value = value
    }
  }
}
Object.defineProperty(Concealed, 'name', { value: 'Secret' })

/** For watched files only. The secret must come from this copy of the package. */
export function replaceSecret<T>(secret: Secret<T>, value: T): void {
  replace(secret as Concealed<T>, value)
}

/** Wraps a value from elsewhere (a vault, a test) as `.secret()` would. */
export function secret<T>(value: T): Secret<T> {
  return new Concealed(value)
}

/** Whether a value is a secret, including one made by another copy of this package. */
export function isSecret(value: unknown): value is Secret<unknown> {
  return typeof value === 'object' && value !== null && brand in value
}
