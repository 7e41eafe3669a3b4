import type { RequestLike } from '../../policy/request.ts'
import { authorization, type Credential, singleHeader } from '../authorization.ts'
import { cookie } from '../cookie.ts'
import { looksLikeKey } from './key-format.ts'

/** What may be a key. */
export type KeyCredential =
  | Exclude<Credential, { kind: 'present' }>
  | { readonly kind: 'present'; readonly value: string; readonly isBearer?: boolean }

/**
 * Reads what may be a key: in a header of its own, as a bearer token, or in one of the two.
 *
 * @param header - its name, in lower case; or the name of the cookie
 */
export function createCredentials(
  place: 'header' | 'bearer' | 'either' | 'cookie',
  header: string,
): (req: RequestLike) => KeyCredential {
  if (place === 'cookie') return (req) => cookie(req, header)
  if (place === 'header') return (req) => singleHeader(req, header)
  if (place === 'bearer') return readBearer
  return (req) => {
    const own = singleHeader(req, header)
    const bearer = readBearer(req)
    if (own.kind === 'absent' || bearer.kind === 'malformed') return bearer
    return bearer.kind === 'present' && looksLikeKey(bearer.value)
      ? { kind: 'malformed', reason: 'two_credentials' }
      : own
  }
}

function readBearer(req: RequestLike): KeyCredential {
  const credential = authorization(req, 'bearer')
  return credential.kind === 'present' ? { ...credential, isBearer: true } : credential
}
