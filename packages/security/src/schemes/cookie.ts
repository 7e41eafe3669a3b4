import { withoutWhiteSpace } from '@clew/internal/network/white-space'
import type { RequestLike } from '../policy/request.ts'
import type { Credential } from './authorization.ts'

/**
 * A cookie that may occur once (RFC 6265, section 4.2). Of two with one name, the other one may come
 * from somebody who can set cookies for a neighbouring host.
 */
export function cookie({ headers }: RequestLike, name: string): Credential {
  const fields = headers['cookie']
  if (fields === undefined) return { kind: 'absent' }
  const found: string[] = []
  for (const pair of (typeof fields === 'string' ? fields : fields.join(';')).split(';')) {
    const at = pair.indexOf('=')
    if (at >= 0 && withoutWhiteSpace(pair.slice(0, at)) === name) {
      found.push(withoutWhiteSpace(pair.slice(at + 1)))
    }
  }
  const [value] = found
  if (value === undefined) return { kind: 'absent' }
  if (found.length > 1) return { kind: 'malformed', reason: 'duplicate_cookie' }
  return { kind: 'present', value: value.replace(/^"(.*)"$/, '$1') }
}
