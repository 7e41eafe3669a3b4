import { createHmac, hash, randomBytes } from 'node:crypto'
import { authorization } from './authorization.ts'
import { integer, label } from './check.ts'
import { deadline } from './deadline.ts'
import { mistake } from './errors.ts'
import { matches, type PasswordHash, parsePhc } from './password.ts'
import { frozenCopy, type Principal } from './principal.ts'
import { taskQueue } from './queue.ts'
import { reporter } from './report.ts'
import { type Attempt, type Outcome, type Refusal, type Scheme, scheme } from './scheme.ts'
import { verdicts } from './verdicts.ts'

/** What is known of a user who gave the right password. */
export interface BasicUser {
  /** @defaultValue the user name */
  readonly subject?: string
  readonly scopes?: readonly string[]
  readonly claims?: Readonly<Record<string, unknown>>
}

/** A user of a table. */
export interface StoredUser extends BasicUser {
  /** A scrypt PHC string of `hashPassword`. */
  readonly password: string
}

export interface BasicOptions<S extends string = string> {
  /**
   * Looks a user up: true or what is known of them, false or undefined for a wrong name or password. A throw means that the
   * users cannot be reached: 503. Either this or `users`.
   */
  readonly verify?: (
    user: string,
    password: string,
    context: { readonly signal: AbortSignal },
  ) => boolean | BasicUser | undefined | Promise<boolean | BasicUser | undefined>
  /** Users by name: a scrypt PHC string, or a record with one. */
  readonly users?: Readonly<Record<string, string | StoredUser>>
  /** Scopes with their descriptions, for `.scopes(...)`. @defaultValue none */
  readonly scopes?: Readonly<Record<S, string>>
  /** Shown by browsers. @defaultValue the name of the scheme */
  readonly realm?: string
  /** How long a right password is remembered, in milliseconds (integer, 0 to 3_600_000; 0 = not). @defaultValue 60_000 */
  readonly cacheMs?: number
  /** Right passwords remembered (integer, 0 to 1_000_000). @defaultValue 1_000 */
  readonly cacheMax?: number
  /** Checks at the same time (integer, 1 to 64). @defaultValue 2 */
  readonly concurrency?: number
  /** Checks that may wait; the next request gets 503 (integer, 0 to 10_000). @defaultValue 32 */
  readonly maxWaiting?: number
  /** Longest check, in milliseconds, from which on the answer is 503 (integer, 10 to 60_000). @defaultValue 5_000 */
  readonly timeoutMs?: number
}

// RFC 7617 sets no limit. A password has at most 1024 bytes for hashPassword.
const maxHeaderBytes = 4096

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Basic authentication (RFC 7617), UTF-8.
 *
 * @param name - of the scheme; in challenges, reports and the audit
 */
export function basic<const S extends string = never>(
  name: string,
  options: BasicOptions<S>,
): Scheme<S> {
  const realm = label('realm', options.realm ?? label('name', name))
  const cacheMs = integer('cacheMs', options.cacheMs ?? 60_000, 0, 3_600_000)
  const cacheMax = integer('cacheMax', options.cacheMax ?? 1_000, 0, 1_000_000)
  const timeoutMs = integer('timeoutMs', options.timeoutMs ?? 5_000, 10, 60_000)
  const queue = taskQueue(
    integer('concurrency', options.concurrency ?? 2, 1, 64),
    integer('maxWaiting', options.maxWaiting ?? 32, 0, 10_000),
  )
  const verify = verifierOf(options)
  const cache = verdicts<Principal>(cacheMs === 0 ? 0 : cacheMax)
  const pending = new Map<string, Promise<Outcome>>()
  // A key of this process only: a heap dump holds no hash that could be attacked offline.
  const pepper = randomBytes(32)
  const refuse = (fault: Refusal['fault'], reason: string, more?: Partial<Refusal>): Refusal => ({
    ok: false,
    fault,
    reason,
    scheme: name,
    ...more,
  })

  function authenticate(attempt: Attempt): Outcome | Promise<Outcome> {
    const header = authorization(attempt.req, 'basic')
    if (header.kind === 'absent') return refuse('absent', 'no_credential')
    if (header.kind === 'malformed') return refuse('malformed', header.reason)
    const given = decode(header.value)
    if (typeof given === 'string') return refuse('invalid', given)
    const { user, password } = given
    const key = createHmac('sha256', pepper).update(`${user}\0${password}`).digest('base64')
    const known = cache.get(key, performance.now())
    if (known) return { ok: true, principals: [known] }

    // A browser sends many requests at once with the first right password.
    let checking = pending.get(key)
    if (!checking) {
      const credential = `${name}:${hash('sha256', user, 'base64')}`
      const retryAfter = attempt.blocked(credential)
      if (retryAfter !== undefined) return refuse('limited', 'too_many_failures', { retryAfter })
      const signal = AbortSignal.timeout(timeoutMs)
      const running = queue.run(() => verify(user, password, signal))
      if (!running) return refuse('unavailable', 'too_many_checks', { retryAfter: 1 })
      checking = judge(user, key, credential, running, signal).finally(() => pending.delete(key))
      pending.set(key, checking)
    }
    return checking
  }

  async function judge(
    user: string,
    key: string,
    credential: string,
    running: ReturnType<Verifier>,
    signal: AbortSignal,
  ): Promise<Outcome> {
    let found: Awaited<ReturnType<Verifier>>
    try {
      found = await deadline(() => running, signal)
    } catch {
      const reason = signal.aborted ? 'verify_timed_out' : 'verify_failed'
      return refuse('unavailable', reason, { retryAfter: 5 })
    }
    if (found !== true && (typeof found !== 'object' || found === null)) {
      return refuse('invalid', 'wrong_password', { credential })
    }
    const principal = principalOf(name, user, found === true ? {} : found)
    cache.set(key, principal, performance.now() + cacheMs)
    return { ok: true, principals: [principal] }
  }

  return scheme(name, 'basic', options.scopes ?? ({} as Record<S, string>), {
    realm,
    header: 'Authorization',
    reporter: reporter(),
    authenticate,
    challenge: () => `Basic realm="${realm}", charset="UTF-8"`,
    async shutdown() {
      cache.clear()
    },
  })
}

type Verifier = (
  user: string,
  password: string,
  signal: AbortSignal,
) => Promise<boolean | BasicUser | undefined>

function verifierOf(options: BasicOptions): Verifier {
  const { verify, users } = options
  if ((verify === undefined) === (users === undefined)) {
    throw mistake('ERR_SECURITY_OPTION', 'basic needs either verify or users')
  }
  if (verify) return async (user, password, signal) => verify(user, password, { signal })
  const table = new Map<string, readonly [PasswordHash, BasicUser]>()
  for (const [user, entry] of Object.entries(users ?? {})) {
    const { password, ...known } = typeof entry === 'string' ? { password: entry } : entry
    table.set(user.normalize('NFC'), [parsePhc(password), known])
  }
  const [any] = table.values()
  if (!any) throw mistake('ERR_SECURITY_OPTION', 'users must hold at least one user')
  // Somebody unknown costs as much as somebody with a wrong password.
  const nobody: PasswordHash = {
    ...any[0],
    salt: randomBytes(16),
    hash: randomBytes(any[0].hash.length),
  }
  return async (user, password) => {
    const [stored, known] = table.get(user) ?? [nobody, undefined]
    return (await matches(password, stored)) ? known : undefined
  }
}

/** The reason instead, if it is no user-pass of RFC 7617. */
function decode(token: string): { readonly user: string; readonly password: string } | string {
  if (token.length > maxHeaderBytes) return 'too_long'
  const bytes = Buffer.from(token, 'base64')
  // Node also decodes what is not base64.
  if (bytes.toString('base64') !== token) return 'bad_base64'
  let text: string
  try {
    text = utf8.decode(bytes)
  } catch {
    return 'bad_utf8'
  }
  const colon = text.indexOf(':')
  if (colon < 0) return 'no_colon'
  if (/[\x00-\x1f\x7f]/.test(text)) return 'control_character'
  const user = text.slice(0, colon).normalize('NFC')
  const password = text.slice(colon + 1).normalize('NFC')
  return user === '' || password === '' ? 'empty_user_or_password' : { user, password }
}

function principalOf(schemeName: string, user: string, known: BasicUser): Principal {
  return Object.freeze({
    scheme: schemeName,
    subject: known.subject ?? user,
    scopes: Object.freeze([...(known.scopes ?? [])]),
    claims: frozenCopy({ ...known.claims }),
  })
}
