import type { Kind, VariableOptions } from '../declaration/kind.ts'
import { kindCheck, kindOf, noOptions } from '../declaration/variable-kind.ts'

/** Options of {@link boolean}. */
export interface BooleanOptions extends VariableOptions {
  readonly default?: boolean | string
}

/** Those of Go's strconv.ParseBool, and four common words. */
const words: ReadonlyMap<string, boolean> = new Map([
  ['1', true],
  ['t', true],
  ['true', true],
  ['yes', true],
  ['on', true],
  ['0', false],
  ['f', false],
  ['false', false],
  ['no', false],
  ['off', false],
])

/** A word in lower case, in upper case, and capitalised. */
function spellings(word: string): readonly string[] {
  const upper = word.toUpperCase()
  return [word, upper, upper.charAt(0) + word.slice(1)]
}

/**
 * A kind for `true`, `1`, `t`, `yes`, `on` and `false`, `0`, `f`, `no`, `off`; also in upper case
 * or capitalised.
 */
export function boolean(options: BooleanOptions = noOptions): Kind<boolean> {
  if (options !== noOptions) {
    kindCheck('boolean').options('options', options, ['default', 'name'])
  }
  return kindOf(
    {
      type: 'boolean',
      expected: () => 'true or false',
      parse(text) {
        const word = text.length < 32 ? text.trim().toLowerCase() : ''
        const value = words.get(word)
        if (value === undefined) return { ok: false }
        return spellings(word).includes(text)
          ? { ok: true, value }
          : {
              ok: false,
              hint: `write ${value}`,
              fixedHint: 'write it in lower case, without white space',
            }
      },
      format: String,
      encode: (value) => (typeof value === 'boolean' ? String(value) : undefined),
      schema: () => ({ type: 'string', enum: [...new Set([...words.keys()].flatMap(spellings))] }),
    },
    options,
  )
}
