import { createReporter } from '@clew/internal/reports/reporter'
import { type Check, type Given, nameOption, optionCheck, requireOneOf } from '../../options.ts'
import { chain, type MaybePromise } from '../../policy/maybe-promise.ts'
import { createRefuse, type Outcome, refuseNoPlace } from '../../policy/outcome.ts'
import { isPlace } from '../../policy/place.ts'
import type { Principal } from '../../policy/principal.ts'
import { type Attempt, createScheme, type Scheme } from '../../policy/scheme.ts'
import { bearerChallenge } from '../token-challenges.ts'
import { createCredentials } from './credential.ts'
import { createEntry, type Entry, faultOf } from './entry.ts'
import { looksLikeKey, prefixOption, readKey } from './key-format.ts'
import { createLookup, type Lookup } from './lookup.ts'
import { type ApiKeyRecord, recordFault } from './record.ts'
import type { ApiKeyStore } from './store.ts'
import { createUsage } from './usage.ts'

export interface ApiKeyOptions<S extends string = string> {
  /**
   * Where the key is: in a header of its own, in `Authorization: Bearer` (RFC 6750), or in one of
   * the two, never in both. Never in a URL, which ends up in logs. A bearer token that is no API key
   * is left to the other alternatives of a policy, such as `jwt`. `'cookie'` is for pages of a browser:
   * requests that pages of other sites have made are refused (see `trustedOrigins`).
   *
   * @defaultValue `'header'`
   */
  readonly in?: 'header' | 'bearer' | 'either' | 'cookie'
  /**
   * Name of the header: 1 to 64 letters, digits and `-`; not Authorization or Cookie. Not used with
   * `in: 'bearer'`. With `in: 'cookie'`: name of the cookie, 1 to 64 letters, digits, `-` and `_`.
   *
   * @defaultValue `'X-Api-Key'`; of a cookie `'__Host-api_key'`, which browsers take over https only,
   *   and from no other host
   */
  readonly name?: string
  /**
   * First part of the keys of this scheme, as in `issueApiKey`: those with another one are left to
   * the other alternatives of a policy.
   *
   * @defaultValue any
   */
  readonly prefix?: string
  /** Records of `issueApiKey`. Either these or `store`. */
  readonly keys?: readonly ApiKeyRecord[]
  /** Where to look records up. */
  readonly store?: ApiKeyStore
  /** Scopes with their descriptions, for `.scopes(...)`. @defaultValue none */
  readonly scopes?: Readonly<Record<S, string>>
  /** In challenges. @defaultValue the name of the scheme */
  readonly realm?: string
  /**
   * Longest look-up in `store`, in milliseconds (integer, 10 to 60_000).
   *
   * @defaultValue 1_000
   */
  readonly timeoutMs?: number
  /**
   * How long a record that was looked up in `store` is used again without asking, in milliseconds
   * (integer, 0 to 3_600_000). A key that is revoked is accepted for so long.
   *
   * @defaultValue 0: every request asks
   */
  readonly cacheMs?: number
  /**
   * How much longer it is used while `store` is down or slow, in milliseconds (integer, 0 to
   * 3_600_000). Keys that are not remembered get 503.
   *
   * @defaultValue 0: 503 for every key
   */
  readonly outageMs?: number
  /** Records remembered for `cacheMs` and `outageMs` (integer, 1 to 1_000_000). @defaultValue 10_000 */
  readonly cacheMax?: number
}

const names = [
  'in',
  'name',
  'prefix',
  'keys',
  'store',
  'scopes',
  'realm',
  'timeoutMs',
  'cacheMs',
  'outageMs',
  'cacheMax',
] as const

const places = ['header', 'bearer', 'either', 'cookie'] as const

/**
 * API keys in a header, stored as SHA-256 only, compared in constant time.
 *
 * @param name - of the scheme; in challenges, reports and the audit
 * @throws TypeError `ERR_SECURITY_OPTION` for a wrong option; `ERR_SECURITY_SCOPE` for a scope that
 *   RFC 6749 does not allow
 */
export function apiKey<const S extends string = never, const N extends string = string>(
  name: N,
  options: ApiKeyOptions<S> & (Given<ApiKeyOptions<S>, 'keys'> | Given<ApiKeyOptions<S>, 'store'>),
): Scheme<S, Principal<N>> {
  const check = optionCheck('security.apiKey')
  nameOption(check, 'the name of the scheme', name)
  const given = check.options('options', options, names)
  const { in: place = 'header', timeoutMs = 1_000 } = given
  check.oneOf('in', place, places)
  const realm = nameOption(check, 'realm', given.realm ?? name)
  const prefix = given.prefix === undefined ? undefined : prefixOption(check, given.prefix)
  const isCookie = place === 'cookie'
  const { name: headerName = isCookie ? '__Host-api_key' : 'X-Api-Key' } = given
  const credentials = createCredentials(
    place,
    isCookie ? cookieOption(check, headerName) : headerOption(check, headerName),
  )
  check.integer('timeoutMs', timeoutMs, { min: 10, max: 60_000 })
  requireOneOf('security.apiKey: options', given, ['keys', 'store'])
  const { keys, store } = given
  const table = keysOption(check, name, keys ?? [])
  const { cacheMs = 0, outageMs = 0, cacheMax = 10_000 } = given
  check.integer('cacheMs', cacheMs, { min: 0, max: 3_600_000 })
  check.integer('outageMs', outageMs, { min: 0, max: 3_600_000 })
  check.integer('cacheMax', cacheMax, { min: 1, max: 1_000_000 })
  if (store !== undefined && typeof check.object('store', store).get !== 'function') {
    throw check.error('store', 'an object with a method get', store)
  }
  const refuse = createRefuse(name)
  const reporter = createReporter()
  const usage = createUsage(store, timeoutMs, reporter)
  const lookup =
    store && createLookup({ scheme: name, store, timeoutMs, cacheMs, outageMs, cacheMax, reporter })

  function authenticate(attempt: Attempt): MaybePromise<Outcome> {
    const credential = credentials(attempt.req)
    if (credential.kind === 'absent') return refuse('absent', 'no_credential')
    if (credential.kind === 'malformed') return refuse('malformed', credential.reason)
    const key = credential.value
    const parts = readKey(key)
    // Not counted: no guess of anything, since the checksum is wrong.
    if (parts === undefined) {
      const isForeign = credential.isBearer && !looksLikeKey(key)
      return refuse(isForeign ? 'absent' : 'invalid', 'bad_form')
    }
    if (prefix !== undefined && parts.prefix !== prefix) return refuse('absent', 'other_prefix')
    const { id } = parts
    if (!lookup) return judgeFirst(key, id, attempt)
    const known = lookup.remembered(id)
    // Anything else may have changed in the store.
    if (known && faultOf(key, known) === undefined) return accept(known)
    return lookUp(lookup, { key, id }, attempt)
  }

  function accept({ principal, id }: Entry): Outcome {
    usage.note(id)
    return { ok: true, principals: [principal] }
  }

  /** A table costs nothing: a right key is accepted even while its address is blocked. */
  function judgeFirst(key: string, id: string, attempt: Attempt): MaybePromise<Outcome> {
    const entry = table.get(id)
    const fault = faultOf(key, entry)
    if (fault === undefined && entry) return accept(entry)
    if (fault !== 'unknown_key') return refuse('invalid', fault ?? 'unknown_key')
    return chain(attempt.reserve(), (place) => {
      if (!isPlace(place)) return refuseNoPlace(refuse, place)
      // For the address only: nobody guesses 190 bits, but anybody could lock an owner out by the
      // id of a key.
      place.settle(true)
      return refuse('invalid', fault)
    })
  }

  async function lookUp(
    from: Lookup,
    { key, id }: { readonly key: string; readonly id: string },
    attempt: Attempt,
  ): Promise<Outcome> {
    const place = await attempt.reserve()
    if (!isPlace(place)) return refuseNoPlace(refuse, place)
    const entry = await from.ask(id)
    if (entry === 'timed_out' || entry === 'failed') {
      place.settle(false)
      const known = from.fallback(id)
      if (known && faultOf(key, known) === undefined) return accept(known)
      return refuse('unavailable', `store_${entry}`, { retryAfter: 5 })
    }
    if (entry === 'bad_record') {
      place.settle(false)
      // No guess, and nothing that would be right in five seconds.
      return refuse('invalid', 'bad_record')
    }
    const fault = faultOf(key, entry)
    place.settle(fault === 'unknown_key')
    return fault !== undefined || !entry ? refuse('invalid', fault ?? 'unknown_key') : accept(entry)
  }

  // API keys have no registered scheme, but a 401 needs a challenge (RFC 9110, section 15.5.2).
  const parameter = isCookie ? 'cookie' : 'name'
  const ownChallenge = `ApiKey realm="${realm}", ${parameter}="${headerName}"`
  return createScheme(name, 'apiKey', given.scopes, {
    realm,
    header: place === 'bearer' ? 'Authorization' : isCookie ? 'Cookie' : headerName,
    otherHeader: place === 'either' ? 'Authorization' : undefined,
    isBearer: place === 'bearer' || place === 'either',
    isCookie,
    parameter: isCookie ? headerName : undefined,
    reporter,
    authenticate,
    challenge(error) {
      if (place === 'header' || isCookie) return ownChallenge
      const challenge = bearerChallenge(realm, error)
      return place === 'bearer' ? challenge : [ownChallenge, challenge]
    },
    async shutdown() {
      lookup?.clear()
      await usage.finished()
    },
  })
}

/** The name of the header, in lower case. */
function headerOption(check: Check, name: unknown): string {
  const header = typeof name === 'string' ? name.toLowerCase() : ''
  if (/^[a-z0-9-]{1,64}$/.test(header) && header !== 'authorization' && header !== 'cookie') {
    return header
  }
  const expected = 'a header name of 1 to 64 letters, digits and -, but not Authorization or Cookie'
  throw check.error('name', expected, name)
}

function cookieOption(check: Check, name: unknown): string {
  if (typeof name === 'string' && /^[\w-]{1,64}$/.test(name)) return name
  throw check.error('name', 'a cookie name of 1 to 64 letters, digits, - and _', name)
}

function keysOption(
  check: Check,
  scheme: string,
  keys: readonly ApiKeyRecord[],
): ReadonlyMap<string, Entry> {
  const expected = 'a record that issueApiKey has made'
  if (!Array.isArray(keys)) throw check.secretError('keys', `an array, each item ${expected}`)
  const table = new Map<string, Entry>()
  for (const [index, record] of (keys as readonly ApiKeyRecord[]).entries()) {
    const fault = recordFault(record)
    // It may be a key by mistake.
    if (fault) throw check.secretError(`keys[${index}]`, `${expected} (${fault})`)
    if (table.has(record.id)) {
      throw check.error(`keys[${index}].id`, 'different from those before it', record.id)
    }
    table.set(record.id, createEntry(scheme, record))
  }
  return table
}
