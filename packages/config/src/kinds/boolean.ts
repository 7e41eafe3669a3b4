import type { Kind, VariableOptions } from '../declaration/kind.ts'
import { kindCheck, kindOf, noOptions } from '../declaration/variable-kind.ts'
import { spellingsOf } from '../text/spellings.ts'

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

const fixedHint = 'write it in lower case, without white space'
const spelled: ReadonlyMap<string, string> = spellingsOf(words.keys())

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
        const value = words.get(spelled.get(text) ?? '')
        if (value !== undefined) return { ok: true, value }
        const meant = text.length < 32 ? words.get(text.trim().toLowerCase()) : undefined
        if (meant === undefined) return { ok: false }
        return { ok: false, hint: `write ${meant}`, fixedHint }
      },
      format: String,
      encode: (value) => (typeof value === 'boolean' ? String(value) : undefined),
      schema: () => ({ type: 'string', enum: [...spelled.keys()] }),
    },
    options,
  )
}
