import type { AnyKind, Kind, VariableOptions } from '../declaration/kind.ts'
import { kindCheck, kindOf, noOptions } from '../declaration/variable-kind.ts'
import { counted, quote } from '../text/quote.ts'
import {
  checkSeparator,
  countText,
  encodeItem,
  itemLimits,
  itemOf,
  pieces,
  refusedItem,
} from './items.ts'

const entryCount = (count: number) => counted(count, 'entry', 'entries')

/** Options of {@link map}. */
export interface MapOptions<T = unknown> extends VariableOptions {
  /** A string, or an object. */
  readonly default?: string | Readonly<Record<string, NoInfer<T>>>
  /** The separator of entries (1 to 8 characters, not only white space). @defaultValue ',' */
  readonly separator?: string
  /**
   * The separator of a key and its value (1 to 8 characters); its first occurrence counts.
   * @defaultValue '='
   */
  readonly assign?: string
  /** The minimum number of entries. @defaultValue 0 */
  readonly min?: number
  /** The maximum number of entries. @defaultValue 1000 */
  readonly max?: number
  /** Whether an empty string is an empty map. @defaultValue false: it counts as unset */
  readonly allowEmpty?: boolean
}

/**
 * A kind for maps from strings to another kind: `a=1, b=2`. The value is an object without a
 * prototype, so that it has no `toString` unless the text has.
 */
export function map<T>(
  item: Kind<T>,
  options: MapOptions<T> = noOptions,
): Kind<Readonly<Record<string, T>>> {
  if (options !== noOptions) {
    const names = ['default', 'name', 'separator', 'assign', 'min', 'max', 'allowEmpty'] as const
    kindCheck('map').options('options', options, names)
  }
  const grammar = itemOf('map', item as AnyKind)
  const { separator = ',', assign = '=' } = options
  checkSeparator('map', 'separator', separator)
  checkSeparator('map', 'assign', assign)
  if (separator.includes(assign) || assign.includes(separator)) {
    const expected = `a string that does not contain ${quote(separator)} and is not a part of it`
    throw kindCheck('map').error('assign', expected, assign)
  }
  const { min, max } = itemLimits('map', options.min, options.max)
  return kindOf<Readonly<Record<string, T>>>(
    {
      type: 'map',
      expected: () =>
        `${countText(min, max, 'entry', 'entries')} such as key${assign}value${separator}key${assign}value, each value ${grammar.expected()}`,
      parse(text) {
        const parts = pieces(text, separator, max)
        if (!parts) return { ok: false, fixedHint: `it has more than ${entryCount(max)}` }
        if (parts.length < min)
          return { ok: false, fixedHint: `it has ${entryCount(parts.length)}` }
        const entries: Record<string, T> = Object.create(null)
        for (const [index, part] of parts.entries()) {
          const split = part.indexOf(assign)
          const key = part.slice(0, Math.max(split, 0)).trim()
          const value = part.slice(split + assign.length).trim()
          const refused = (hint: string) =>
            ({ ok: false, fixedHint: `entry ${index + 1} ${hint}` }) as const
          if (split < 0) return refused(`has no ${JSON.stringify(assign)}`)
          if (key === '') return refused('has no key')
          if (key in entries) return refused('repeats a key')
          if (value === '') return refused('has no value')
          const outcome = grammar.parse(value)
          if (!outcome.ok) return refusedItem(`entry ${index + 1}`, outcome)
          entries[key] = outcome.value as T
        }
        return { ok: true, value: Object.freeze(entries) }
      },
      format(entries) {
        const texts = Object.entries(entries).map(([key, value]) => {
          const text = grammar.format(value)
          return text === undefined ? undefined : `${key}${assign}${text}`
        })
        return texts.includes(undefined) ? undefined : texts.join(separator)
      },
      encode(value) {
        if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
        const texts = Object.entries(value).map(([key, entry]) => {
          const text = encodeItem(grammar, entry, separator)
          const isPlainKey =
            key !== '' && key.trim() === key && !key.includes(separator) && !key.includes(assign)
          return isPlainKey && text !== undefined ? `${key}${assign}${text}` : undefined
        })
        return texts.includes(undefined) ? undefined : texts.join(separator)
      },
      schema: () => ({ type: 'string' }),
      opaque: grammar.opaque,
    },
    options,
  )
}
