import { counted } from '../display.ts'
import { misuse, wrongOption } from '../errors.ts'
import { type AnyKind, definitionKey, type Grammar, isKind, type Refusal } from '../kind.ts'

/** The kind of the items of a list or a map: it reads a text, and nothing else. */
export function itemOf(type: string, item: AnyKind): Grammar<unknown> {
  if (!isKind(item))
    throw wrongOption(`config.${type}`, 'item', 'a kind such as config.string()', item)
  const definition = item[definitionKey]
  const extra = definition.optional
    ? 'optional'
    : definition.fallback
      ? 'a default'
      : definition.name !== undefined
        ? 'a name'
        : definition.secret
          ? 'secret'
          : undefined
  if (extra === undefined) return definition.grammar
  const where = extra === 'secret' ? `: write config.${type}(…).secret()` : ''
  throw misuse('ERR_CONFIG_DECLARATION', `config.${type}: an item cannot be ${extra}${where}`)
}

/** How many items there may be. A number that is no count is a mistake of the caller. */
export function itemLimits(
  type: string,
  min = 0,
  max = 1_000,
): { readonly min: number; readonly max: number } {
  if (!isCount(min)) throw wrongOption(`config.${type}`, 'min', 'an integer, at least 0', min)
  if (!isCount(max) || max < min) {
    throw wrongOption(`config.${type}`, 'max', `an integer, at least min (${min})`, max)
  }
  return { min, max }
}

const isCount = (value: unknown) => Number.isSafeInteger(value) && Number(value) >= 0

export function checkSeparator(type: string, option: string, value: unknown): void {
  if (typeof value !== 'string' || value.trim() === '' || value.length > 8) {
    throw wrongOption(`config.${type}`, option, 'one to eight characters, not white space', value)
  }
}

/** The text of one item of a typed default, or `undefined` when the environment could not say it. */
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

/** A larger limit of `split` would wrap around to a small one. No text has as many characters. */
const maxPieces = 2 ** 32 - 1

/** The pieces of a text, or their number when there are more than `max`: a megabyte of commas is not split. */
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

/** Why an item is refused, behind what it is called: `item 2`. */
export function refusedItem(
  label: string,
  { expected, hint, fixedHint, ...refusal }: Refusal,
): Refusal {
  const say = (words: string | undefined) => {
    if (words === undefined) return `${label} is not ${expected ?? 'accepted'}`
    return `${label}${expected === undefined ? '' : ` is not ${expected}`}: ${words}`
  }
  return { ...refusal, hint: say(hint ?? fixedHint), fixedHint: say(fixedHint) }
}
