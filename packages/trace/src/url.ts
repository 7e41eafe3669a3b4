// Names whose values are credentials wherever they appear, and the signature parameters that the conventions name.
const secretNames =
  /^(?:.*(?:token|secret|passw(?:or)?d|credential|signature|api[-_]?key|access[-_]?key).*|sig|code|key|auth|authorization|pwd|session(?:id)?|jwt|assertion|state)$/i

// A query without any of these has nothing to replace: `secretNames` asks for one of them, unless it is encoded.
const maybeSecret =
  /token|secret|pass|credential|sig|key|code|auth|pwd|session|jwt|assertion|state|[%+]/i

const MAX_KNOWN = 1000
const known = new Map<string, boolean>()

/** Whether a parameter of this name, as it stands in the query, is a secret. Names are few: the answer is kept. */
function isSecret(raw: string): boolean {
  const found = known.get(raw)
  if (found !== undefined) return found
  const secret = secretNames.test(nameOf(raw))
  if (known.size < MAX_KNOWN) known.set(raw, secret)
  return secret
}

/** The query with the values of secret parameters replaced. */
export function redactedQuery(query: string, extra: ReadonlySet<string>): string {
  const kept = query.slice(0, 4096)
  if (extra.size === 0 && !maybeSecret.test(kept)) return kept
  return kept
    .split('&')
    .map((pair) => {
      const at = pair.indexOf('=')
      if (at < 0) return pair
      const name = pair.slice(0, at)
      return isSecret(name) || (extra.size > 0 && extra.has(nameOf(name).toLowerCase()))
        ? `${name}=REDACTED`
        : pair
    })
    .join('&')
}

function nameOf(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}
