import { mistake } from '../errors/error.ts'
import { show } from '../errors/show.ts'

/** The longest delay of a Node timer, in milliseconds: about 24 days. */
export const longestDelayMs: number = 2 ** 31 - 1

/** The inclusive bounds of a number. */
export interface Bounds {
  readonly min: number
  /** @defaultValue Number.MAX_SAFE_INTEGER for an integer, Infinity for a number */
  readonly max?: number
}

/**
 * Checks the options of one public function. Each error is a `TypeError` with the same `code`, and
 * has the same wording in all packages: the option, what was expected, what was received.
 */
export class OptionCheck<Code extends string> {
  private readonly code: Code
  private readonly caller: string

  /** @param caller - the public function as a user writes it: `log.http` */
  constructor(code: Code, caller: string) {
    this.code = code
    this.caller = caller
  }

  /** `log.http: slowMs must be a number of at least 0; received "x"`. */
  error(option: string, expected: string, received: unknown): TypeError & { readonly code: Code } {
    return this.createError(option, `must be ${expected}; received ${show(received)}`)
  }

  /** The same for a value that may be secret: the message does not show it. */
  secretError(option: string, expected: string): TypeError & { readonly code: Code } {
    return this.createError(option, `must be ${expected}; received something else`)
  }

  private createError(option: string, problem: string): TypeError & { readonly code: Code } {
    return mistake(this.code, `${this.caller}: ${option} ${problem}`)
  }

  /**
   * An options object. Unknown names throw, so that a misspelt one is not silently ignored.
   * @param option - the name of the option that holds the object; `options` for the argument itself
   * @returns `value`, or an empty object if it is undefined
   */
  options<T extends object>(
    option: string,
    value: T | undefined,
    names: readonly (keyof T & string)[],
  ): Partial<T> {
    if (value === undefined) return {}
    const given: object = this.object(option, value)
    for (const name of Object.keys(given)) {
      if (!(names as readonly string[]).includes(name)) throw this.unknown(option, name, names)
    }
    return value
  }

  private unknown(option: string, name: string, names: readonly string[]): TypeError {
    const path = option === 'options' ? '' : `${option}.`
    const options = names.map((known) => path + known).join(', ')
    return mistake(
      this.code,
      `${this.caller}: unknown option ${show(path + name)}; the options are ${options}`,
    )
  }

  object<T>(option: string, value: T): T & object {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
    throw this.error(option, 'an object', value)
  }

  boolean(option: string, value: unknown): boolean {
    if (typeof value === 'boolean') return value
    throw this.error(option, 'true or false', value)
  }

  /** A non-empty string. */
  string(option: string, value: unknown): string {
    if (typeof value === 'string' && value !== '') return value
    throw this.error(option, 'a non-empty string', value)
  }

  strings(option: string, value: unknown): readonly string[] {
    if (!Array.isArray(value)) throw this.error(option, 'an array of strings', value)
    for (const [index, item] of value.entries()) {
      if (typeof item !== 'string') throw this.error(`${option}[${index}]`, 'a string', item)
    }
    return value
  }

  oneOf<T extends string>(option: string, value: unknown, values: readonly T[]): T {
    if (values.includes(value as T)) return value as T
    throw this.error(option, `one of ${values.join(', ')}`, value)
  }

  /** A function, or undefined. */
  function(option: string, value: unknown): void {
    if (value !== undefined && typeof value !== 'function') {
      throw this.error(option, 'a function', value)
    }
  }

  integer(option: string, value: unknown, { min, max = Number.MAX_SAFE_INTEGER }: Bounds): number {
    if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) {
      return value as number
    }
    const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`
    throw this.error(option, `an integer ${range}`, value)
  }

  /** Milliseconds that a timer accepts: an integer up to `longestDelayMs`. */
  milliseconds(option: string, value: unknown, min = 0): number {
    return this.integer(option, value, { min, max: longestDelayMs })
  }

  /** A number other than NaN. `Infinity` is allowed unless `max` is given. */
  number(option: string, value: unknown, { min, max = Number.POSITIVE_INFINITY }: Bounds): number {
    if (typeof value === 'number' && value >= min && value <= max) return value
    const range = max === Number.POSITIVE_INFINITY ? `of at least ${min}` : `from ${min} to ${max}`
    throw this.error(option, `a number ${range}`, value)
  }
}
