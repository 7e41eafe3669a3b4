import type { Grammar, Refusal } from '../declaration/grammar.ts'
import { type AnyKind, definitionKey, isKind } from '../declaration/kind.ts'
import { declarationMistake } from '../declaration/mistakes.ts'
import { kindCheck } from '../declaration/variable-kind.ts'
import { counted } from '../text/quote.ts'

/** The grammar of the items of a list or a map. */
export function itemOf(type: string, item: AnyKind): Grammar<unknown> {
  if (!isKind(item)) throw kindCheck(type).error('item', 'a kind such as config.string()', item)
  const { grammar, optional, fallback, name, secret, file, aliases } = item[definitionKey]
  const excess = optional
    ? 'be optional'
    : fallback
      ? 'have a default'
      : name !== undefined
        ? 'have a name'
        : secret
          ? `be secret; use config.${type}(…).secret()`
          : file !== undefined
            ? `be read from a file; use config.${type}(…).fromFile()`
            : aliases !== undefined
              ? `have an alias; use config.${type}(…).alias(…)`
              : undefined
  if (excess === undefined) return grammar
  throw declarationMistake(`config.${type}: item must not ${excess}`)
}

/** How many items there may be. */
export function itemLimits(
  type: string,
  min = 0,
  max = 1_000,
): { readonly min: number; readonly max: number } {
  const check = kindCheck(type)
  check.integer('min', min, { min: 0 })
  check.integer('max', max, { min })
  return { min, max }
}

export function checkSeparator(type: string, option: string, value: unknown): void {
  if (typeof value !== 'string' || value.trim() === '' || value.length > 8) {
    throw kindCheck(type).error(option, 'one to eight characters, not only white space', value)
  }
}

/** The text of one item of a typed default; `undefined` if no text of the environment gives it. */
export function encodeItem(
  item: Grammar<unknown>,
  value: unknown,
  separator: string,
): string | undefined {
  const text = typeof value === 'string' ? value : item.encode(value)
  if (text === undefined || text === '' || text.trim() !== text || text.includes(separator))
    return undefined
  return text
}

/** `split` converts its limit to 32 bits: a larger one would wrap around. No text is that long. */
const maxPieces = 2 ** 32 - 1

/**
 * The trimmed pieces of a text; `undefined` if there are more than `max`, without splitting them
 * all.
 */
export function pieces(
  text: string,
  separator: string,
  max: number,
): readonly string[] | undefined {
  if (text === '') return []
  const parts = text.split(separator, Math.min(max + 1, maxPieces))
  return parts.length > max ? undefined : parts.map((part) => part.trim())
}

/** `at most 1 item`, `2 to 3 items`. */
export function countText(min: number, max: number, one: string, many?: string): string {
  const most = counted(max, one, many)
  return min === 0 ? `at most ${most}` : min === max ? `exactly ${most}` : `${min} to ${most}`
}

/** The refusal of an item, with its label: `item 2`. */
export function refusedItem(
  label: string,
  { expected, hint, fixedHint, ...refusal }: Refusal,
): Refusal {
  const labelled = (reason: string | undefined) => {
    if (reason === undefined) return `${label} is ${expected ? `not ${expected}` : 'invalid'}`
    return `${label}${expected === undefined ? '' : ` is not ${expected}`}: ${reason}`
  }
  return { ...refusal, hint: labelled(hint ?? fixedHint), fixedHint: labelled(fixedHint) }
}
