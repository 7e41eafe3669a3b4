import { freezeDeep, maxDepth } from '../freeze.ts'
import {
  type Kind,
  kindOf,
  noOptions,
  type Outcome,
  onlyOptions,
  type VariableOptions,
} from '../kind.ts'

/** What JSON can say, read-only. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json }

/** Options of {@link json}. */
export interface JsonOptions extends VariableOptions {
  /** A text is JSON; anything else is the value. */
  readonly default?: Json
}

/** Any JSON, deeply frozen, nested at most 100 deep. For JSON of a certain shape: `schema(…, { json: true })`. */
export function json(options: JsonOptions = noOptions): Kind<Json> {
  if (options !== noOptions) onlyOptions('json', options, [])
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

/** JSON can say -0 and JSON.stringify cannot; nobody means it. */
const withoutNegativeZero = (_key: string, value: Json): Json => (value === 0 ? 0 : value)

/** V8's own message quotes the text, so only the place is taken from it. */
export function parseJson(text: string): Outcome<Json> {
  let value: Json
  try {
    value = JSON.parse(text, text.includes('-0') ? withoutNegativeZero : undefined)
  } catch (error) {
    const position = /position (\d+)/.exec(String((error as Error).message))?.[1]
    return {
      ok: false,
      fixedHint: position && `the mistake is at character ${Number(position) + 1}`,
    }
  }
  if (freezeDeep(value, isTooLarge)) return { ok: true, value }
  return {
    ok: false,
    fixedHint: `it is nested deeper than ${maxDepth}, has a key __proto__, or a number that is too large`,
  }
}

/** `1e400` is infinite once it is read, and `null` when it is written again. */
function isTooLarge(part: unknown): boolean {
  return typeof part === 'number' && !Number.isFinite(part)
}
