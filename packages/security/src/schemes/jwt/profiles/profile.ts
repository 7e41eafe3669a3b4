import type { Check } from '../../../options.ts'
import type { JwtIssuer } from '../issuer-options.ts'
import type { RemoteKeysOptions } from '../remote-keys.ts'

/** How the keys are fetched, if not as usual: without `uri` and `discover`; or the keys. */
export type ProfileKeys = Partial<RemoteKeysOptions> | Extract<JwtIssuer['jwks'], { keys: unknown }>

/** What a profile says of its keys, with what the user says of them. */
export function keysOf(
  usual: Pick<RemoteKeysOptions, 'uri' | 'discover'>,
  given: ProfileKeys | undefined,
): NonNullable<JwtIssuer['jwks']> {
  const isElsewhere =
    given !== undefined && ('keys' in given || 'uri' in given || 'discover' in given)
  return isElsewhere ? given : { ...usual, ...given }
}

/** The name of a host, without more of a URL. */
export function hostOption(check: Check, option: string, value: unknown): string {
  if (typeof value === 'string' && /^[a-z0-9.-]+(:\d{1,5})?$/i.test(value)) return value
  throw check.error(option, 'the name of a host, without https://', value)
}
