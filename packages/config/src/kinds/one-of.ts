import type { Kind, VariableOptions } from '../declaration/kind.ts'
import { kindCheck, kindOf, noOptions } from '../declaration/variable-kind.ts'
import { nearest } from '../text/nearest.ts'
import { spellingsOf } from '../text/spellings.ts'

/** Options of {@link oneOf}. */
export interface OneOfOptions<T extends string = string> extends VariableOptions {
  readonly default?: NoInfer<T>
}

/**
 * A kind for one of these strings: as written here, in lower case, in upper case or capitalised.
 * The value is the string as written here; the type is their union.
 */
export function oneOf<const T extends string>(
  values: readonly T[],
  options: OneOfOptions<T> = noOptions,
): Kind<T> {
  if (options !== noOptions) {
    kindCheck('oneOf').options('options', options, ['default', 'name'])
  }
  checkValues(values)
  const allowed: ReadonlySet<T> = new Set(values)
  // Most texts are written as the value: the other spellings are computed on demand.
  let others: ReadonlyMap<string, T> | undefined
  const spelled = () => (others ??= spellingsOf(allowed))
  return kindOf<T>(
    {
      type: 'oneOf',
      expected: () => alternatives([...allowed]),
      parse(text) {
        if (allowed.has(text as T)) return { ok: true, value: text as T }
        const value = spelled().get(text)
        return value === undefined ? { ok: false, hint: hint(text, allowed) } : { ok: true, value }
      },
      format: String,
      encode: () => undefined,
      schema: () => ({ type: 'string', enum: [...spelled().keys()] }),
    },
    options,
  )
}

function checkValues(values: unknown): void {
  if (Array.isArray(values) && values.length > 0 && values.every(isWord)) return
  throw kindCheck('oneOf').error('values', 'a non-empty array of non-empty strings', values)
}

function isWord(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}

function hint(text: string, allowed: Iterable<string>): string | undefined {
  const near = nearest(text.trim(), allowed)
  return near && `did you mean ${near}?`
}

function alternatives(values: readonly string[]): string {
  const last = values[values.length - 1]
  return values.length < 2 ? `${last}` : `${values.slice(0, -1).join(', ')} or ${last}`
}
