import { quotedEnd } from './pair-values.ts'
import { redacted, type TextNames } from './text-names.ts'

// Between two items: white space, also where a line break is written as `\n`.
const between = /(?:\s|\\n)*/y
const comma = /(?:\s|\\n)*,(?:\s|\\n)*/y
const quotes = '"\'`'
// A list may be within a string of another one, and is then looked at again.
const maxItems = 10_000

interface Item {
  readonly start: number
  readonly end: number
}

/**
 * A text without the values in lists of names and values, as JSON and `inspect` show them:
 * `["authorization","…"]`.
 */
export function withoutListed(text: string, names: TextNames): string {
  let out = ''
  let from = 0
  let left = maxItems
  for (
    let at = text.indexOf('[');
    at !== -1 && left > 0;
    at = text.indexOf('[', Math.max(at + 1, from))
  ) {
    const items = itemsOf(text, at + 1)
    left -= items.length
    for (let i = 1; i < items.length; i += 2) {
      const { start, end } = items[i] as Item
      const name = textOf(text, items[i - 1] as Item)
      if (!names.field(name) || names.spares(name, Number(text.slice(start, end)))) continue
      out += text.slice(from, start) + redacted
      from = end
    }
  }
  return from === 0 ? text : out + text.slice(from)
}

const textOf = (text: string, { start, end }: Item) => text.slice(start, end)

/** The items of a list of strings; none where they are no pairs. */
function itemsOf(text: string, first: number): readonly Item[] {
  const items: Item[] = []
  let at = past(between, text, first)
  for (;;) {
    const quote = pastBackslashes(text, at)
    // Of a list that is cut off nobody knows how long it was.
    if (quote >= text.length || text.startsWith('...', at)) return items
    if (!quotes.includes(text[quote] ?? ' ')) return items
    const level = quote - at
    const end = quotedEnd(text, quote, level)
    items.push({ start: quote + 1, end })
    const behind = end + level + 1
    const next = past(comma, text, behind)
    if (next === behind) {
      const isWhole = text[past(between, text, behind)] === ']'
      return isWhole && items.length % 2 === 1 ? items.slice(0, 1) : items
    }
    at = next
  }
}

function past(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  return at + (pattern.exec(text)?.[0].length ?? 0)
}

function pastBackslashes(text: string, at: number): number {
  let end = at
  while (text[end] === '\\') end++
  return end
}
