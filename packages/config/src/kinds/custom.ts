import type { Outcome } from '../declaration/grammar.ts'
import type { Kind, VariableOptions } from '../declaration/kind.ts'
import { kindCheck, kindOf, noOptions } from '../declaration/variable-kind.ts'
import { copyPlain, freezeDeep } from '../values/freeze.ts'
import { isPromise } from '../values/promises.ts'
import { scalarText } from './scalar.ts'
import { unquoting } from './unquoting.ts'

/** Options of {@link custom}. */
export interface CustomOptions<T = unknown> extends VariableOptions {
  /** A string is parsed like the text of the variable; anything else is the value. */
  readonly default?: string | NoInfer<T>
  /**
   * What the function accepts, for reports and documents: `a version such as 1.2.3`.
   * @defaultValue 'a value that its function accepts'
   */
  readonly expected?: string
  /**
   * The text of a value, for `sources` and documents.
   * @defaultValue the value, if it is a string, a number, a boolean or a bigint
   */
  readonly format?: (value: NoInfer<T>) => string
}

const maxExpected = 200

/**
 * A kind of your own: a synchronous function that returns the value of a text, or throws. The
 * message of its error becomes the hint, without anything that quotes the text; for a secret, there
 * is no hint. Plain objects and arrays that it returns are frozen.
 */
export function custom<T>(
  parse: (text: string) => T,
  options: CustomOptions<T> = noOptions,
): Kind<T> {
  const check = kindCheck('custom')
  if (typeof parse !== 'function') throw check.error('parse', 'a function', parse)
  if (options !== noOptions) {
    check.options('options', options, ['default', 'name', 'expected', 'format'])
  }
  const { expected = 'a value that its function accepts', format } = options
  check.string('expected', expected)
  if (expected.length > maxExpected) {
    throw check.error('expected', `a text of at most ${maxExpected} characters`, expected)
  }
  check.function('format', format)
  const textOf = format ? (value: unknown) => formatted(format, value as T) : scalarText
  return kindOf<T>(
    {
      type: 'custom',
      expected: () => expected,
      parse: (text) => outcomeOf(parse, text),
      format: textOf,
      encode: textOf,
      schema: () => ({ type: 'string' }),
    },
    options,
    (value) => ({ ok: true, value: frozen(value) as T }),
  )
}

/** Foreign code: it may throw anything, and quote the text. */
function outcomeOf<T>(parse: (text: string) => T, text: string): Outcome<T> {
  let value: T
  try {
    value = parse(text)
    if (isPromise(value)) return { ok: false, async: true, fixedHint: asynchronous }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return { ok: false, hint: unquoting(message, text) }
  }
  if (value === undefined) return { ok: false, fixedHint: 'the function returned undefined' }
  freezeDeep(value)
  return { ok: true, value }
}

const asynchronous = 'the function is asynchronous; configuration is read synchronously'

/** A copy: a default belongs to the caller. */
function frozen(value: unknown): unknown {
  const copy = copyPlain(value)
  freezeDeep(copy)
  return copy
}

function formatted<T>(format: (value: T) => string, value: T): string | undefined {
  try {
    const text: unknown = format(value)
    return typeof text === 'string' ? text : undefined
  } catch {
    return undefined
  }
}
