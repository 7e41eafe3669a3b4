import { wrongOption } from '../errors.ts'
import { type Kind, kindOf, noOptions, onlyOptions, type VariableOptions } from '../kind.ts'
import { nearest } from '../nearest.ts'

/** Options of {@link oneOf}. */
export interface OneOfOptions<T extends string = string> extends VariableOptions {
  readonly default?: NoInfer<T>
}

/** One of a list of texts, exactly as written. The type is their union. */
export function oneOf<const T extends string>(
  values: readonly T[],
  options: OneOfOptions<T> = noOptions,
): Kind<T> {
  if (options !== noOptions) onlyOptions('oneOf', options, [])
  checkValues(values)
  const allowed: ReadonlySet<string> = new Set(values)
  return kindOf<T>(
    {
      type: 'oneOf',
      expected: () => oneWord([...allowed]),
      parse: (text) =>
        allowed.has(text)
          ? { ok: true, value: text as T }
          : { ok: false, hint: hint(text, allowed) },
      format: String,
      encode: () => undefined,
      schema: () => ({ type: 'string', enum: [...allowed] }),
    },
    options,
  )
}

function checkValues(values: unknown): void {
  if (Array.isArray(values) && values.length > 0 && values.every(isWord)) return
  throw wrongOption('config.oneOf', 'values', 'a list of texts that are not empty', values)
}

function isWord(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}

function hint(text: string, allowed: Iterable<string>): string | undefined {
  const near = nearest(text.trim(), allowed)
  return near && `did you mean ${near}?`
}

function oneWord(values: readonly string[]): string {
  const last = values[values.length - 1]
  return values.length < 2 ? `${last}` : `${values.slice(0, -1).join(', ')} or ${last}`
}
