const maxLength = 64
// Patterns are applied to so much of a text: their time is not linear.
const maxSeen = 1024

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
      return value === null ? 'null' : isArray(value) ? 'an array' : 'an object'
    case 'bigint':
      return `${value}n`.slice(0, maxLength)
    case 'symbol':
      return 'a symbol'
    case 'boolean':
    case 'number':
    case 'undefined':
      return Object.is(value, -0) ? '-0' : String(value)
  }
}

/** A revoked proxy throws when it is asked. */
function isArray(value: object): boolean {
  try {
    return Array.isArray(value)
  } catch {
    return false
  }
}

function quote(text: string): string {
  const seen = withoutUsers(text)
  if (seen.length <= maxLength && text.length <= maxSeen) return visible(JSON.stringify(seen))
  const end = isHighSurrogate(seen.charCodeAt(maxLength - 1)) ? maxLength - 1 : maxLength
  return `${visible(JSON.stringify(seen.slice(0, end))).slice(0, -1)}…" (${text.length} characters)`
}

/**
 * The beginning of a text without the user information of URLs. It goes up to the last `@`: a
 * password that was not percent-encoded may contain any character.
 */
function withoutUsers(text: string): string {
  const head = text.slice(0, maxSeen)
  const isCutInUser = /^\S*@/.test(text.slice(maxSeen))
  const whole = isCutInUser ? head.replace(/(:\/\/)\S*$/, '$1[redacted]') : head
  return whole.replace(/(:\/\/)\S*@/g, '$1[redacted]@')
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
