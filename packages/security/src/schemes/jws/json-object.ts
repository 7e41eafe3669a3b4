// Enough for every token that is about access; more would cost more to read than a signature.
const maxMembers = 256
const maxDepth = 16

/**
 * Reads an object from a JSON text, strictly: no object in it has two members of one name.
 * `JSON.parse` keeps the last one, and others keep the first, so that two readers of one token could
 * see different claims (RFC 7515, section 4; RFC 7519, section 4). Undefined for everything else, also
 * for an object that is larger than any token needs.
 */
export function readObject(text: string): Readonly<Record<string, unknown>> | undefined {
  const names = namesIn(text)
  if (names === undefined || names > maxMembers) return undefined
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    return membersOf(value) === names ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

const [quote, comma, colon, backslash] = [0x22, 0x2c, 0x3a, 0x5c]

/**
 * How many names are in a text, if it is JSON: strings that a colon follows. Undefined if it is none,
 * or is nested too deeply.
 */
function namesIn(text: string): number | undefined {
  let names = 0
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === comma) continue
    if (code === quote) {
      at = endOfString(text, at)
      if (at < 0) return undefined
    } else if (code === colon) names++
    // Both brackets and both braces differ in these bits only.
    else if ((code | 0x20) === 0x7b) {
      if (++depth > maxDepth) return undefined
    } else if ((code | 0x20) === 0x7d) depth--
  }
  return names
}

/** Where the string ends that begins here; negative if it does not. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1)
  return end
}

function isEscaped(text: string, at: number): boolean {
  let before = at - 1
  while (text.charCodeAt(before) === backslash) before--
  return (at - before) % 2 === 0
}

/** How many members all objects in a value have. */
function membersOf(value: object): number {
  const isList = Array.isArray(value)
  const values: readonly unknown[] = isList ? value : Object.values(value)
  let members = isList ? 0 : values.length
  for (const each of values)
    if (typeof each === 'object' && each !== null) members += membersOf(each)
  return members
}
