const maxLength = 64
// The patterns below see at most this many characters, since they do not run in linear time.
const maxScanned = 1024

/**
 * Formats a value for an error message: short, on one line, without the credentials of URLs.
 * Objects and functions are shown by kind only, since their contents may be long or secret. Never
 * throws.
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

/** `Array.isArray` throws for a revoked proxy. */
function isArray(value: object): boolean {
  try {
    return Array.isArray(value)
  } catch {
    return false
  }
}

function quote(text: string): string {
  const redacted = redactUrlUsers(text)
  if (redacted.length <= maxLength && text.length <= maxScanned)
    return visible(JSON.stringify(redacted))
  const end = isHighSurrogate(redacted.charCodeAt(maxLength - 1)) ? maxLength - 1 : maxLength
  return `${visible(JSON.stringify(redacted.slice(0, end))).slice(0, -1)}…" (${text.length} characters)`
}

/**
 * The start of a string, with the user information of URLs redacted up to the last `@`: a password
 * that is not percent-encoded may contain any character.
 */
function redactUrlUsers(text: string): string {
  const head = text.slice(0, maxScanned)
  const isCutInUser = /^\S*@/.test(text.slice(maxScanned))
  const whole = isCutInUser ? head.replace(/(:\/\/)\S*$/, '$1[redacted]') : head
  return whole.replace(/(:\/\/)\S*@/g, '$1[redacted]@')
}

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff

/**
 * Escapes, as JSON does, line breaks, control characters, bidirectional controls and invisible
 * characters. Idempotent.
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
