import { hash } from 'node:crypto'
import type { AnyPrincipal, Principals } from '../policy/principal.ts'
import type { Scheme } from '../policy/scheme.ts'

const maxLength = 128

/**
 * By what a credential is counted: the id of an API key; otherwise the subject, which only its
 * issuer keeps unique.
 */
export function createCredentialKey(
  schemes: readonly Scheme[],
): (principals: Principals) => string {
  const keys = new Set(schemes.filter(({ type }) => type === 'apiKey').map(({ name }) => name))

  function keyOf({ scheme, subject, claims }: AnyPrincipal): string {
    const { key_id: id, iss = '' } = claims as { readonly key_id?: unknown; readonly iss?: unknown }
    return keys.has(scheme) ? `${scheme} ${id}` : `${scheme} ${iss} ${subject}`
  }

  // A subject may be as long as a token.
  const short = (key: string) => (key.length > maxLength ? hash('sha256', key) : key)
  // One text for as long as a principal is remembered: what is looked up is hashed once.
  const known = new WeakMap<AnyPrincipal, string>()

  return (principals) => {
    const [first] = principals
    if (!first || principals.length > 1) return short(principals.map(keyOf).join('\n'))
    let key = known.get(first)
    if (key === undefined) {
      key = short(keyOf(first))
      known.set(first, key)
    }
    return key
  }
}
