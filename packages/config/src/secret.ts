import { redacted } from './display.ts'

// The documented key of util.inspect.custom: importing node:util only for it would cost a millisecond.
const inspect: unique symbol = Symbol.for('nodejs.util.inspect.custom') as never
const brand: unique symbol = Symbol.for('@clew/secret/v1') as never

/**
 * A value that prints as `[redacted]` wherever values are printed: JSON, template strings, `console.log`, `util.inspect`,
 * `structuredClone`, error messages, `@clew/log`. The value itself is in a private field; only `reveal()` gives it.
 *
 * Marked with `Symbol.for('@clew/secret/v1')`, so that other packages recognise it without importing this one.
 */
export interface Secret<T> {
  /** Always `'[redacted]'`: what a copy by own properties (`structuredClone`, `{ ...secret }`) ends up with. */
  readonly secret: '[redacted]'
  /** The value. Call it where the value is used, not where it is passed on: a rotated secret is then up to date. */
  reveal(): T
  toString(): '[redacted]'
  toJSON(): '[redacted]'
}

/** Of this module only: as a method of the class, whoever has a secret would have it. */
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

/** Only a watched file does this. The secret must be one of this copy of the package. */
export function replaceSecret<T>(secret: Secret<T>, value: T): void {
  replace(secret as Concealed<T>, value)
}

/** Wraps a value that came from elsewhere (a vault, a test) as `.secret()` would. */
export function secret<T>(value: T): Secret<T> {
  return new Concealed(value)
}

/** Whether a value is a secret, also one made by another copy of this package. */
export function isSecret(value: unknown): value is Secret<unknown> {
  return typeof value === 'object' && value !== null && brand in value
}
