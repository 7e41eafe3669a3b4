import { type Kind, kindOf, onlyOptions, type VariableOptions } from '../kind.ts'

/** Options of {@link boolean}. */
export interface BooleanOptions extends VariableOptions {
  readonly default?: boolean | string
}

// Go's strconv.ParseBool, and the four words people write besides. Lower case, upper case or capitalised.
const words: ReadonlyMap<string, boolean> = new Map(
  Object.entries({
    '1': true,
    t: true,
    true: true,
    yes: true,
    on: true,
    '0': false,
    f: false,
    false: false,
    no: false,
    off: false,
  }).flatMap(([word, value]): [string, boolean][] => [
    [word, value],
    [word.toUpperCase(), value],
    [word.charAt(0).toUpperCase() + word.slice(1), value],
  ]),
)

/** `true`, `1`, `t`, `yes`, `on` or `false`, `0`, `f`, `no`, `off`; also in upper case or capitalised. */
export function boolean(options: BooleanOptions = {}): Kind<boolean> {
  onlyOptions('boolean', options, [])
  return kindOf(
    {
      type: 'boolean',
      expected: 'true or false',
      parse(text) {
        const value = words.get(text)
        if (value !== undefined) return { ok: true, value }
        const near = text.length < 32 ? text.trim().toLowerCase() : ''
        return { ok: false, hint: words.has(near) ? `write ${words.get(near)}` : undefined }
      },
      format: String,
      encode: (value) => (typeof value === 'boolean' ? String(value) : undefined),
      schema: { type: 'string', enum: [...new Set(words.keys())] },
    },
    options,
  )
}
