import type { Outcome } from '../declaration/grammar.ts'
import type { Kind, VariableOptions } from '../declaration/kind.ts'
import { kindCheck, kindOf, noOptions } from '../declaration/variable-kind.ts'
import { jsonKeepsDigits } from '../text/decimal.ts'
import { freezeDeep, maxDepth } from '../values/freeze.ts'

/** A JSON value, read-only. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json }

/** Options of {@link json}. */
export interface JsonOptions extends VariableOptions {
  /** A string is parsed as JSON; anything else is the value. */
  readonly default?: Json
}

/**
 * A kind for any JSON, deeply frozen, with at most 100 levels and without numbers that lose digits
 * (12345678901234567890). For JSON of a certain shape, use
 * `schema(…, { json: true })`.
 */
export function json(options: JsonOptions = noOptions): Kind<Json> {
  if (options !== noOptions) {
    kindCheck('json').options('options', options, ['default', 'name'])
  }
  return kindOf<Json>(
    {
      type: 'json',
      expected: () => 'JSON',
      parse: parseJson,
      format: (value) => JSON.stringify(value),
      encode: (value) => JSON.stringify(value),
      schema: () => ({ type: 'string', contentMediaType: 'application/json' }),
      opaque: true,
    },
    options,
  )
}

/** JSON.stringify cannot write -0, so the value would not round-trip. */
const withoutNegativeZero = (_key: string, value: Json): Json => (value === 0 ? 0 : value)

/** Without one, no number loses digits: 16 of them, or a negative exponent that gives 0. */
const longNumber = /[0-9.]{16}|e-[0-9]{2}/i

/** V8's message quotes the text, so only the position is used. */
export function parseJson(text: string): Outcome<Json> {
  let value: Json
  try {
    value = JSON.parse(text, text.includes('-0') ? withoutNegativeZero : undefined)
  } catch (error) {
    const position = /position (\d+)/.exec(String((error as Error).message))?.[1]
    return {
      ok: false,
      fixedHint: position && `the error is at character ${Number(position) + 1}`,
    }
  }
  if (longNumber.test(text) && !jsonKeepsDigits(text)) {
    return {
      ok: false,
      fixedHint: 'a number has more digits than can be kept: write it as a string',
    }
  }
  if (freezeDeep(value, isTooLarge)) return { ok: true, value }
  return {
    ok: false,
    fixedHint: `it has more than ${maxDepth} levels, a key __proto__, or a number that is too large`,
  }
}

/** `1e400` is parsed as Infinity, which is written as `null`. */
function isTooLarge(part: unknown): boolean {
  return typeof part === 'number' && !Number.isFinite(part)
}
