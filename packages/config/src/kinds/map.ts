import { counted, quote } from '../display.ts'
import { misuse } from '../errors.ts'
import {
  type AnyKind,
  type Kind,
  kindOf,
  noOptions,
  onlyOptions,
  type VariableOptions,
} from '../kind.ts'
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
  /** A text, or an object. */
  readonly default?: string | Readonly<Record<string, NoInfer<T>>>
  /** What stands between two entries. @defaultValue ',' */
  readonly separator?: string
  /** What stands between a key and its value; the first one counts. @defaultValue '=' */
  readonly assign?: string
  /** Fewest entries. @defaultValue 0 */
  readonly min?: number
  /** Most entries. @defaultValue 1000 */
  readonly max?: number
  /** An empty text is an empty map. @defaultValue false: empty counts as unset */
  readonly allowEmpty?: boolean
}

/** Entries with a key each: `a=1, b=2`. The value is an object without a prototype, so `toString` is no key of it. */
export function map<T>(
  item: Kind<T>,
  options: MapOptions<T> = noOptions,
): Kind<Readonly<Record<string, T>>> {
  if (options !== noOptions)
    onlyOptions('map', options, ['separator', 'assign', 'min', 'max', 'allowEmpty'])
  const grammar = itemOf('map', item as AnyKind)
  const { separator = ',', assign = '=' } = options
  checkSeparator('map', 'separator', separator)
  checkSeparator('map', 'assign', assign)
  if (separator.includes(assign) || assign.includes(separator)) {
    throw misuse(
      'ERR_CONFIG_OPTION',
      `config.map: separator and assign must not be in one another, received ${quote(separator)} and ${quote(assign)}`,
    )
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
          if (key in entries) return refused('has a key that was there before')
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
          const sayable =
            key !== '' && key.trim() === key && !key.includes(separator) && !key.includes(assign)
          return sayable && text !== undefined ? `${key}${assign}${text}` : undefined
        })
        return texts.includes(undefined) ? undefined : texts.join(separator)
      },
      schema: () => ({ type: 'string' }),
      opaque: grammar.opaque,
    },
    options,
  )
}
