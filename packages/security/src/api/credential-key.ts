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

  return (principals) => {
    const [first] = principals
    const key = first && principals.length === 1 ? keyOf(first) : principals.map(keyOf).join('\n')
    // A subject may be as long as a token.
    return key.length > maxLength ? hash('sha256', key) : key
  }
}
