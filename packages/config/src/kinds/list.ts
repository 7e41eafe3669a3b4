import type { AnyKind, Kind, VariableOptions } from '../declaration/kind.ts'
import { kindCheck, kindOf, noOptions } from '../declaration/variable-kind.ts'
import { counted } from '../text/quote.ts'
import {
  checkSeparator,
  countText,
  encodeItem,
  itemLimits,
  itemOf,
  pieces,
  refusedItem,
} from './items.ts'

/** Options of {@link list}. */
export interface ListOptions<T = unknown> extends VariableOptions {
  /** A string, or the items. */
  readonly default?: string | readonly NoInfer<T>[]
  /** The separator of items (1 to 8 characters, not only white space). @defaultValue ',' */
  readonly separator?: string
  /** The minimum number of items. @defaultValue 0 */
  readonly min?: number
  /** The maximum number of items. @defaultValue 1000 */
  readonly max?: number
  /** Whether an empty string is an empty list. @defaultValue false: it counts as unset */
  readonly allowEmpty?: boolean
}

/** A kind for lists of another kind: `a, b,c`. Items are trimmed; an empty item is refused. */
export function list<T>(item: Kind<T>, options: ListOptions<T> = noOptions): Kind<readonly T[]> {
  if (options !== noOptions) {
    const names = ['default', 'name', 'separator', 'min', 'max', 'allowEmpty'] as const
    kindCheck('list').options('options', options, names)
  }
  const grammar = itemOf('list', item as AnyKind)
  const { separator = ',' } = options
  checkSeparator('list', 'separator', separator)
  const { min, max } = itemLimits('list', options.min, options.max)
  return kindOf<readonly T[]>(
    {
      type: 'list',
      expected: () =>
        `a list separated by ${JSON.stringify(separator)} of ${countText(min, max, 'item')}, each ${grammar.expected()}`,
      parse(text) {
        const parts = pieces(text, separator, max)
        if (!parts) return { ok: false, fixedHint: `it has more than ${counted(max, 'item')}` }
        if (parts.length < min)
          return { ok: false, fixedHint: `it has ${counted(parts.length, 'item')}` }
        const values: T[] = []
        for (const [index, part] of parts.entries()) {
          if (part === '') return { ok: false, fixedHint: `item ${index + 1} is empty` }
          const outcome = grammar.parse(part)
          if (!outcome.ok) return refusedItem(`item ${index + 1}`, outcome)
          values.push(outcome.value as T)
        }
        return { ok: true, value: Object.freeze(values) }
      },
      format(values) {
        const texts = values.map((value) => grammar.format(value))
        return texts.includes(undefined) ? undefined : texts.join(separator)
      },
      encode(value) {
        if (!Array.isArray(value)) return undefined
        const texts = value.map((entry) => encodeItem(grammar, entry, separator))
        return texts.includes(undefined) ? undefined : texts.join(separator)
      },
      schema: () => ({ type: 'string' }),
      opaque: grammar.opaque,
    },
    options,
  )
}
