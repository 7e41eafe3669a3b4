import { hash, timingSafeEqual } from 'node:crypto'
import { singleHeader } from './authorization.ts'
import { integer, label, shown } from './check.ts'
import { deadline } from './deadline.ts'
import { mistake } from './errors.ts'
import { type ApiKeyRecord, keyId } from './key-format.ts'
import type { Principal } from './principal.ts'
import { reporter } from './report.ts'
import {
  type Attempt,
  isPromise,
  type MaybePromise,
  type Outcome,
  type Refusal,
  type Scheme,
  scheme,
} from './scheme.ts'

/** Where the records of keys are. A throw, and no answer in time, mean 503. */
export interface ApiKeyStore {
  get(
    id: string,
    context: { readonly signal: AbortSignal },
  ): ApiKeyRecord | undefined | Promise<ApiKeyRecord | undefined>
}

export interface ApiKeyOptions<S extends string = string> {
  /** @defaultValue `'header'`, the only place: keys in a URL end up in logs */
  readonly in?: 'header'
  /** Name of the header. @defaultValue `'X-Api-Key'` */
  readonly name?: string
  /** Records of `issueApiKey`. Either these or `store`. */
  readonly keys?: readonly ApiKeyRecord[]
  /** Where to look records up. */
  readonly store?: ApiKeyStore
  /** Scopes with their descriptions, for `.scopes(...)`. @defaultValue none */
  readonly scopes?: Readonly<Record<S, string>>
  /** In challenges. @defaultValue the name of the scheme */
  readonly realm?: string
  /** Longest look-up in `store`, in milliseconds (integer, 10 to 60_000). @defaultValue 1_000 */
  readonly timeoutMs?: number
}

/**
 * API keys in a header of their own, stored as SHA-256 only, compared in constant time.
 *
 * @param name - of the scheme; in challenges, reports and the audit
 */
export function apiKey<const S extends string = never>(
  name: string,
  options: ApiKeyOptions<S>,
): Scheme<S> {
  const realm = label('realm', options.realm ?? label('name', name))
  const headerName = options.name ?? 'X-Api-Key'
  const timeoutMs = integer('timeoutMs', options.timeoutMs ?? 1_000, 10, 60_000)
  const header = headerName.toLowerCase()
  if (!/^[a-z0-9-]{1,64}$/.test(header) || header === 'authorization' || header === 'cookie') {
    throw mistake(
      'ERR_SECURITY_OPTION',
      `name must be a header of letters, digits and -, but not Authorization or Cookie, got ${shown(headerName)}`,
    )
  }
  if (options.in !== undefined && options.in !== 'header') {
    throw mistake('ERR_SECURITY_OPTION', `in must be 'header', got ${shown(options.in)}`)
  }
  const refuse = (fault: Refusal['fault'], reason: string, more?: Partial<Refusal>): Refusal => ({
    ok: false,
    fault,
    reason,
    scheme: name,
    ...more,
  })

  function authenticate(attempt: Attempt): MaybePromise<Outcome> {
    const credential = singleHeader(attempt.req, header)
    if (credential.kind === 'absent') return refuse('absent', 'no_credential')
    if (credential.kind === 'malformed') return refuse('malformed', credential.reason)
    const key = credential.value
    const id = keyId(key)
    if (id === undefined) return refuse('invalid', 'bad_form')
    const found = find(id, attempt)
    if (!isPromise(found)) return judge(key, found)
    return found.then((late) => ('ok' in late ? late : judge(key, late.entry)))
  }

  function judge(key: string, entry: Entry | undefined): Outcome {
    const fault = faultOf(key, entry)
    // Counted by address only: nobody guesses 190 bits, but anybody could lock an owner out by the id of a key.
    return fault !== undefined || !entry
      ? refuse('invalid', fault ?? 'unknown_key')
      : { ok: true, principals: [entry.principal] }
  }

  type Late = { readonly entry: Entry | undefined } | Refusal

  function finder(): (id: string, attempt: Attempt) => Entry | undefined | Promise<Late> {
    const { keys, store } = options
    if ((keys === undefined) === (store === undefined)) {
      throw mistake('ERR_SECURITY_OPTION', 'apiKey needs either keys or store')
    }
    if (keys) {
      const table = new Map<string, Entry>()
      for (const record of keys) {
        if (!/^[0-9A-Za-z]{12}$/.test(record.id) || !/^[0-9a-f]{64}$/.test(record.hash)) {
          throw mistake('ERR_SECURITY_OPTION', 'keys must hold records as issueApiKey makes them')
        }
        table.set(record.id, entryOf(name, record))
      }
      return (id) => table.get(id)
    }
    return async (id, attempt) => {
      const retryAfter = attempt.blocked()
      if (retryAfter !== undefined) return refuse('limited', 'too_many_failures', { retryAfter })
      const signal = AbortSignal.timeout(timeoutMs)
      try {
        const record = await deadline(async () => store?.get(id, { signal }), signal)
        return { entry: record?.id === id ? entryOf(name, record) : undefined }
      } catch {
        const reason = signal.aborted ? 'store_timed_out' : 'store_failed'
        return refuse('unavailable', reason, { retryAfter: 5 })
      }
    }
  }

  const find = finder()
  return scheme(name, 'apiKey', options.scopes ?? ({} as Record<S, string>), {
    realm,
    header: headerName,
    reporter: reporter(),
    authenticate,
    // Nothing is registered for API keys; a 401 must have a challenge all the same (RFC 9110, section 15.5.2).
    challenge: () => `ApiKey realm="${realm}", name="${headerName}"`,
    shutdown: () => Promise.resolve(),
  })
}

/** A record, made ready to be compared. */
interface Entry {
  readonly digest: Buffer
  readonly previous: { readonly digest: Buffer; readonly untilMs: number } | undefined
  readonly revoked: boolean
  readonly fromMs: number
  readonly untilMs: number
  readonly principal: Principal
}

const nothing = Buffer.alloc(32)

function entryOf(name: string, record: ApiKeyRecord): Entry {
  const { previous } = record
  return {
    digest: digestOf(record.hash),
    previous: previous && {
      digest: digestOf(previous.hash),
      untilMs: time(previous.until, Number.NEGATIVE_INFINITY),
    },
    revoked: record.revokedAt !== undefined && record.revokedAt !== null,
    // A time that cannot be read never comes, or is over.
    fromMs: time(record.notBefore, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
    untilMs: time(record.expiresAt, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY),
    principal: Object.freeze({
      scheme: name,
      subject: record.owner,
      scopes: Object.freeze([...(record.scopes ?? [])]),
      claims: Object.freeze(Object.assign(Object.create(null), { key_id: record.id })),
    }),
  }
}

/** Why this key does not count. An unknown one costs the same as a wrong one. */
function faultOf(key: string, entry: Entry | undefined): string | undefined {
  const given = hash('sha256', key, 'buffer')
  const nowMs = Date.now()
  let same = timingSafeEqual(given, entry?.digest ?? nothing)
  if (entry?.previous && nowMs < entry.previous.untilMs) {
    same = timingSafeEqual(given, entry.previous.digest) || same
  }
  if (!same || !entry) return 'unknown_key'
  if (entry.revoked) return 'revoked'
  if (nowMs >= entry.untilMs) return 'expired'
  return nowMs < entry.fromMs ? 'not_yet_valid' : undefined
}

// A store may answer anything: what is no hash equals no hash.
function digestOf(text: unknown): Buffer {
  return typeof text === 'string' && /^[0-9a-f]{64}$/.test(text)
    ? Buffer.from(text, 'hex')
    : nothing
}

function time(text: string | undefined | null, unreadable: number, missing = unreadable): number {
  if (text === undefined || text === null) return missing
  const ms = Date.parse(text)
  return Number.isNaN(ms) ? unreadable : ms
}
