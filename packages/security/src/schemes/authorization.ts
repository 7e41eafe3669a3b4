import { withoutWhiteSpace } from '@clew/internal/network/white-space'
import type { RequestLike } from '../policy/request.ts'

export type Credential =
  | { readonly kind: 'absent' }
  | { readonly kind: 'malformed'; readonly reason: string }
  | { readonly kind: 'present'; readonly value: string }

const absent: Credential = { kind: 'absent' }

/**
 * A header that may occur once. Of a repeated header, Node keeps the first value or joins all with
 * a comma, so they are counted in the raw list.
 */
export function singleHeader(req: RequestLike, name: string): Credential {
  const value = req.headers[name]
  if (value === undefined) return absent
  let count = 0
  for (let index = 0; index < req.rawHeaders.length; index += 2) {
    const raw = req.rawHeaders[index]
    if (raw?.length === name.length && raw.toLowerCase() === name) count++
  }
  if (count > 1 || typeof value !== 'string') {
    return { kind: 'malformed', reason: 'duplicate_header' }
  }
  return { kind: 'present', value }
}

/**
 * The credential of one authentication scheme (`bearer`, `basic`) in the Authorization header
 * (RFC 9110, section 11.6.2): the scheme in any case, one or more spaces, one token68. Absent if
 * the header has a credential of another scheme.
 */
export function authorization(req: RequestLike, scheme: string): Credential {
  const header = singleHeader(req, 'authorization')
  if (header.kind !== 'present') return header
  const { value } = header
  if (value.includes('\t')) return { kind: 'malformed', reason: 'bad_authorization_header' }
  const space = value.indexOf(' ')
  const word = space < 0 ? value : value.slice(0, space)
  if (word.length !== scheme.length || word.toLowerCase() !== scheme) return absent
  const token = space < 0 ? '' : withoutWhiteSpace(value.slice(space + 1))
  if (token === '' || token.includes(' ') || token.includes(',')) {
    return { kind: 'malformed', reason: 'bad_authorization_header' }
  }
  return { kind: 'present', value: token }
}
