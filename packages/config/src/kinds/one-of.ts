import { wrongOption } from '../errors.ts'
import { type Kind, kindOf, onlyOptions, type VariableOptions } from '../kind.ts'
import { nearest } from '../nearest.ts'

/** Options of {@link oneOf}. */
export interface OneOfOptions<T extends string = string> extends VariableOptions {
  readonly default?: NoInfer<T>
}

/** One of a list of texts, exactly as written. The type is their union. */
export function oneOf<const T extends string>(
  values: readonly T[],
  options: OneOfOptions<T> = {},
): Kind<T> {
  onlyOptions('oneOf', options, [])
  const list: unknown = values
  if (
    !Array.isArray(list) ||
    list.length === 0 ||
    !list.every((v) => typeof v === 'string' && v !== '')
  ) {
    throw wrongOption('config.oneOf', 'values', 'a list of texts that are not empty', values)
  }
  const allowed = new Map<string, T>(values.map((value) => [value, value]))
  return kindOf<T>(
    {
      type: 'oneOf',
      expected: oneWord([...allowed.keys()]),
      parse(text) {
        const value = allowed.get(text)
        if (value !== undefined) return { ok: true, value }
        const near = nearest(text.trim(), allowed.keys())
        return { ok: false, hint: near && `did you mean ${near}?` }
      },
      format: (value) => value,
      encode: () => undefined,
      schema: { type: 'string', enum: [...allowed.keys()] },
    },
    options,
  )
}

function oneWord(values: readonly string[]): string {
  const last = values[values.length - 1]
  return values.length < 2 ? `${last}` : `${values.slice(0, -1).join(', ')} or ${last}`
}
