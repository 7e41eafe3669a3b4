/**
 * A header's value without the white space around it. Spaces and tabs only (RFC 9110, section
 * 5.6.3): `trim` takes away what Unicode calls white space, too, such as U+00A0.
 */
export function withoutWhiteSpace(text: string): string {
  let from = 0
  let to = text.length
  while (from < to && isWhiteSpace(text.charCodeAt(from))) from++
  while (to > from && isWhiteSpace(text.charCodeAt(to - 1))) to--
  return text.slice(from, to)
}

const isWhiteSpace = (unit: number) => unit === 0x20 || unit === 0x09
