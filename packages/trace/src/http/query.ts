import { isCredentialParameter } from '@clew/internal/redaction/credential-names'

const maxLength = 4096
const maxKnown = 1000
const known = new Map<string, boolean>()

/**
 * Whether a parameter, named as in the query, holds a credential. Names are few: answers are kept.
 */
function isSecret(encodedName: string): boolean {
  const answer = known.get(encodedName)
  if (answer !== undefined) return answer
  const isCredential = isCredentialParameter(decoded(encodedName))
  if (known.size < maxKnown) known.set(encodedName, isCredential)
  return isCredential
}

/**
 * The query with the values of credentials replaced by REDACTED, the marker of the semantic
 * conventions, and those that hold one in an encoding.
 * @param names - further names whose values are replaced, in lower case
 */
export function redactedQuery(query: string, names: ReadonlySet<string>): string {
  const kept = query.length > maxLength ? query.slice(0, maxLength) : query
  let redacted = ''
  let copiedTo = 0
  for (let start = 0; start < kept.length; ) {
    const separator = kept.indexOf('&', start)
    const end = separator < 0 ? kept.length : separator
    const equals = kept.indexOf('=', start)
    if (
      equals >= 0 &&
      equals < end &&
      (isRedacted(kept.slice(start, equals), names) ||
        holdsCredential(kept.slice(equals + 1, end), names))
    ) {
      redacted += `${kept.slice(copiedTo, equals)}=REDACTED`
      copiedTo = end
    }
    start = end + 1
  }
  return copiedTo === 0 ? kept : redacted + kept.slice(copiedTo)
}

function isRedacted(name: string, names: ReadonlySet<string>): boolean {
  return isSecret(name) || (names.size > 0 && names.has(decoded(name).toLowerCase()))
}

const maxLayers = 4
/** A separator after a name, `=` or the `:` of JSON, plain or encoded any number of times. */
const separator = /=|%(?:25)*(?:3d|3a)/i
const nestedName = /([^\s?&#;=:,{}"'/]{1,100})=|"([^"]{1,100})"\s*:/g

/**
 * Whether a value, in what it is an encoding of, holds a credential: the address that a login
 * returns to, a cursor in JSON. Encodings may lie in each other.
 */
function holdsCredential(value: string, names: ReadonlySet<string>): boolean {
  if (!separator.test(value)) return false
  let text = value
  for (let layer = 0; layer <= maxLayers; layer++) {
    for (const [, parameter, key] of text.matchAll(nestedName)) {
      if (isRedacted((parameter ?? key) as string, names)) return true
    }
    const inner = decoded(text)
    if (inner === text) return false
    text = inner
  }
  // Nobody encodes that often but to hide something.
  return true
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name.replaceAll('+', ' '))
  } catch {
    return name
  }
}
