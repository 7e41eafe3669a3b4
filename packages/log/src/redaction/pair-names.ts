/** A name in front of a sign. */
export interface Name {
  readonly text: string
  readonly start: number
  readonly isQuoted: boolean
}

const maxName = 128
const maxSpaces = 8

/** The name in front of the `=` or `:` at `at`, not further back than `from`. */
export function nameBefore(text: string, at: number, from: number): Name | undefined {
  let end = at
  const least = Math.max(from, at - maxSpaces)
  // `token := x`, `token += x`
  if (text[at] === '=' && end > least && ':+?'.includes(text[end - 1] ?? ' ')) end--
  while (end > least && (text[end - 1] === ' ' || text[end - 1] === '\t')) end--
  const quote = text[end - 1]
  if (quote === '"' || quote === "'" || quote === '`') return quotedBefore(text, end - 1, from)
  let start = end
  const first = Math.max(from, end - maxName)
  while (start > first && isNamePart(text.charCodeAt(start - 1))) start--
  return start === end ? undefined : { text: text.slice(start, end), start, isQuoted: false }
}

/** `"name"`, also where the quotes are escaped. */
function quotedBefore(text: string, last: number, from: number): Name {
  const quote = text[last]
  let end = last
  while (end > from && text[end - 1] === '\\') end--
  const first = Math.max(from, end - maxName)
  let start = end
  while (start > first && text[start - 1] !== quote) start--
  return { text: text.slice(start, end), start, isQuoted: true }
}

/** Letters, digits, and `_ - . $ % [ ]`. */
function isNamePart(unit: number): boolean {
  return (
    (unit >= 0x61 && unit <= 0x7a) ||
    (unit >= 0x41 && unit <= 0x5b) ||
    (unit >= 0x30 && unit <= 0x39) ||
    (unit >= 0x80 && unit !== 0xa0) ||
    unit === 0x5f ||
    unit === 0x5d ||
    unit === 0x2d ||
    unit === 0x2e ||
    unit === 0x24 ||
    unit === 0x25
  )
}
