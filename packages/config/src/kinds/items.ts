import { misuse, wrongOption } from '../errors.ts'
import { type AnyKind, definitionKey, type Grammar, isKind } from '../kind.ts'

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

/** The pieces of a text, or their number when there are more than `max`: a megabyte of commas is not split. */
export function pieces(
  text: string,
  separator: string,
  max: number,
): readonly string[] | undefined {
  if (text.trim() === '') return []
  const parts = text.split(separator, max + 1)
  return parts.length > max ? undefined : parts.map((part) => part.trim())
}

export function countText(min: number, max: number): string {
  return min === 0 ? `at most ${max}` : min === max ? `exactly ${min}` : `${min} to ${max}`
}
