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
 * conventions.
 * @param names - further names whose values are replaced, in lower case
 */
export function redactedQuery(query: string, names: ReadonlySet<string>): string {
  return query
    .slice(0, maxLength)
    .split('&')
    .map((pair) => {
      const at = pair.indexOf('=')
      if (at < 0) return pair
      const name = pair.slice(0, at)
      return isSecret(name) || (names.size > 0 && names.has(decoded(name).toLowerCase()))
        ? `${name}=REDACTED`
        : pair
    })
    .join('&')
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name.replaceAll('+', ' '))
  } catch {
    return name
  }
}
