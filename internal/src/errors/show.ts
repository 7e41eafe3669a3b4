const maxLength = 64

/**
 * A value in an error message: short, on one line, without credentials of URLs. Objects and functions only by their kind, since
 * what they hold may be long or secret. Never throws.
 */
export function show(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return quote(value)
    case 'function':
      return 'a function'
    case 'object':
      return value === null ? 'null' : Array.isArray(value) ? 'an array' : 'an object'
    case 'bigint':
      return `${value}n`.slice(0, maxLength)
    case 'symbol':
      return 'a symbol'
    default:
      return Object.is(value, -0) ? '-0' : String(value)
  }
}

function quote(text: string): string {
  // The user information of a URL ends within the part that is looked at, or nothing of it is shown.
  const seen = text.slice(0, 1024).replace(/(:\/\/)[^/?#\s]*@/g, '$1[redacted]@')
  if (seen.length <= maxLength) return visible(JSON.stringify(seen))
  const end = isHighSurrogate(seen.charCodeAt(maxLength - 1)) ? maxLength - 1 : maxLength
  return `${visible(JSON.stringify(seen.slice(0, end))).slice(0, -1)}…" (${text.length} characters)`
}

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff

/**
 * Escapes, as JSON does, what ends a line, moves a cursor, turns the direction of text or cannot be seen. Doing it twice changes
 * nothing.
 */
export function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, escaped)
}

function escaped(character: string): string {
  const json = JSON.stringify(character).slice(1, -1)
  if (json !== character) return json
  return Array.from({ length: character.length }, (_, index) => {
    return `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`
  }).join('')
}
