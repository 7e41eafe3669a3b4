import { createHmac, hash, randomBytes } from 'node:crypto'
import { createReporter } from '@clew/internal/reports/reporter'
import { deadline } from '../../limits/deadline.ts'
import { createFairQueue } from '../../limits/fair-queue.ts'
import { createVerdicts } from '../../limits/verdicts.ts'
import { type Check, type Given, nameOption, optionCheck, requireOneOf } from '../../options.ts'
import { isFromScript } from '../../policy/from-script.ts'
import type { MaybePromise } from '../../policy/maybe-promise.ts'
import { createRefuse, type Outcome, refuseNoPlace } from '../../policy/outcome.ts'
import { isPlace } from '../../policy/place.ts'
import type { Principal } from '../../policy/principal.ts'
import { type Attempt, createScheme, type Scheme } from '../../policy/scheme.ts'
import { authorization } from '../authorization.ts'
import { frozenCopy } from '../frozen-copy.ts'
import { readUserPass, type UserPass } from './user-pass.ts'
import { type BasicUser, type StoredUser, usersOption, type Verify } from './users.ts'

export interface BasicOptions<S extends string = string> {
  /**
   * Looks a user up: true or what is known of them, false or undefined for a wrong name or
   * password. If it throws, the response is 503. Either this or `users`.
   */
  readonly verify?: (
    user: string,
    password: string,
    context: { readonly signal: AbortSignal },
  ) => boolean | BasicUser | undefined | Promise<boolean | BasicUser | undefined>
  /** Users by name: a scrypt PHC string of `hashPassword`, or an object with one. */
  readonly users?: Readonly<Record<string, string | StoredUser>>
  /** Scopes with their descriptions, for `.scopes(...)`. @defaultValue none */
  readonly scopes?: Readonly<Record<S, string>>
  /** Shown by browsers. @defaultValue the name of the scheme */
  readonly realm?: string
  /**
   * How long a right password is remembered, in milliseconds (integer, 0 to 3_600_000; 0: not).
   *
   * @defaultValue 60_000
   */
  readonly cacheMs?: number
  /** Right passwords remembered (integer, 0 to 1_000_000). @defaultValue 1_000 */
  readonly cacheMax?: number
  /** Checks at the same time (integer, 1 to 64). @defaultValue 2 */
  readonly concurrency?: number
  /**
   * Checks that may wait; beyond that the response is 503 (integer, 0 to 10_000). Addresses take
   * turns, and share this room.
   *
   * @defaultValue 32
   */
  readonly maxWaiting?: number
  /**
   * Longest check, in milliseconds, before the response is 503 (integer, 10 to 60_000).
   *
   * @defaultValue 5_000
   */
  readonly timeoutMs?: number
}

const names = [
  'verify',
  'users',
  'scopes',
  'realm',
  'cacheMs',
  'cacheMax',
  'concurrency',
  'maxWaiting',
  'timeoutMs',
] as const

/**
 * Basic authentication (RFC 7617), UTF-8.
 *
 * @param name - of the scheme; in challenges, reports and the audit
 * @throws TypeError `ERR_SECURITY_OPTION` for a wrong option; `ERR_SECURITY_SCOPE` for a scope that
 *   RFC 6749 does not allow
 */
export function basic<const S extends string = never, const N extends string = string>(
  name: N,
  options: BasicOptions<S> & (Given<BasicOptions<S>, 'verify'> | Given<BasicOptions<S>, 'users'>),
): Scheme<S, Principal<N>> {
  const check = optionCheck('security.basic')
  nameOption(check, 'the name of the scheme', name)
  const given = check.options('options', options, names)
  const { cacheMs = 60_000, cacheMax = 1_000, timeoutMs = 5_000 } = given
  const { concurrency = 2, maxWaiting = 32 } = given
  const realm = nameOption(check, 'realm', given.realm ?? name)
  check.integer('cacheMs', cacheMs, { min: 0, max: 3_600_000 })
  check.integer('cacheMax', cacheMax, { min: 0, max: 1_000_000 })
  check.integer('timeoutMs', timeoutMs, { min: 10, max: 60_000 })
  const queue = createFairQueue(
    check.integer('concurrency', concurrency, { min: 1, max: 64 }),
    check.integer('maxWaiting', maxWaiting, { min: 0, max: 10_000 }),
  )
  const verify = verifyOption(check, given)
  const cache = createVerdicts<Principal>(cacheMs === 0 ? 0 : cacheMax)
  const pending = new Map<string, Pending>()
  // A key of this process only, so that a heap dump has no hashes to attack offline.
  const pepper = randomBytes(32)
  const refuse = createRefuse(name)

  function authenticate(attempt: Attempt): MaybePromise<Outcome> {
    const header = authorization(attempt.req, 'basic')
    if (header.kind === 'absent') return refuse('absent', 'no_credential')
    if (header.kind === 'malformed') return refuse('malformed', header.reason)
    const userPass = readUserPass(header.value)
    if (typeof userPass === 'string') return refuse('invalid', userPass)
    const { user, password } = userPass
    const key = createHmac('sha256', pepper).update(`${user}\0${password}`).digest('base64')
    const known = cache.get(key, performance.now())
    if (known) return { ok: true, principals: [known] }
    return join({ user, password, key }, attempt)
  }

  /** A browser sends many requests at once with the first right password: they share one check. */
  function join(guess: Guess, attempt: Attempt): Promise<Outcome> {
    // Not with those of another address, which may be blocked.
    const shared = `${attempt.lane} ${guess.key}`
    const known = pending.get(shared)
    if (known) {
      known.attempts.push(attempt)
      return known.outcome
    }
    const attempts = [attempt]
    const isGone = () => attempts.every((each) => each.isGone())
    const outcome = startCheck(guess, attempt, isGone).finally(() => pending.delete(shared))
    pending.set(shared, { outcome, attempts })
    return outcome
  }

  async function startCheck(
    guess: Guess,
    attempt: Attempt,
    isGone: () => boolean,
  ): Promise<Outcome> {
    // Who checks passwords may not tell these spellings of a name apart, and each would be a user.
    const user = guess.user.normalize('NFKC').toLowerCase()
    const place = await attempt.reserve(hash('sha256', `${name}:${user}`, 'base64'))
    if (!isPlace(place)) return refuseNoPlace(refuse, place)
    const signal = AbortSignal.timeout(timeoutMs)
    let hasStarted = false
    const start = () => {
      hasStarted = true
      return judge(guess, signal)
    }
    const waited = queue.run(start, attempt.lane, () => signal.aborted || isGone())
    let checked: Awaited<typeof waited>
    try {
      checked = await deadline(() => waited, signal)
    } catch {
      // What has cost a check is counted, or guesses that take too long would be free.
      place.settle(hasStarted)
      const reason = hasStarted ? 'verify_timed_out' : 'too_many_checks'
      return refuse('unavailable', reason, { retryAfter: 5 })
    }
    if (typeof checked === 'string') {
      place.settle(false)
      const reason = checked === 'full' ? 'too_many_checks' : 'client_gone'
      return refuse('unavailable', reason, { retryAfter: 1 })
    }
    const { result } = checked
    place.settle(!result.ok && result.fault === 'invalid')
    return result
  }

  /** Never rejects. */
  async function judge({ user, password, key }: Guess, signal: AbortSignal): Promise<Outcome> {
    let found: Awaited<ReturnType<Verify>>
    try {
      found = await verify(user, password, signal)
      if (found !== true && (typeof found !== 'object' || found === null)) {
        return refuse('invalid', 'wrong_password')
      }
      const principal = createPrincipal(name, user, found === true ? {} : found)
      cache.set(key, principal, performance.now() + cacheMs)
      return { ok: true, principals: [principal] }
    } catch {
      return refuse('unavailable', 'verify_failed', { retryAfter: 5 })
    }
  }

  return createScheme(name, 'basic', given.scopes, {
    realm,
    header: 'Authorization',
    reporter: createReporter(),
    authenticate,
    // At `Basic` a browser asks its user for a password, which nobody has a use for behind a script.
    challenge: (_error, req) =>
      `${isFromScript(req) ? 'xBasic' : 'Basic'} realm="${realm}", charset="UTF-8"`,
    async shutdown() {
      cache.clear()
    },
  })
}

interface Guess extends UserPass {
  /** What a right password is remembered under. */
  readonly key: string
}

/** Requests with the same user and password, from one address, at the same time. */
interface Pending {
  readonly outcome: Promise<Outcome>
  readonly attempts: Attempt[]
}

function verifyOption(check: Check, options: Partial<BasicOptions>): Verify {
  requireOneOf('security.basic: options', options, ['verify', 'users'])
  const { verify, users } = options
  check.function('verify', verify)
  if (verify) {
    // One that hangs must not keep its place in the queue for ever.
    return (user, password, signal) =>
      deadline(async () => verify(user, password, { signal }), signal)
  }
  return usersOption(check, users ?? {})
}

function createPrincipal(scheme: string, user: string, known: BasicUser): Principal {
  return Object.freeze({
    scheme,
    subject: known.subject ?? user,
    scopes: Object.freeze([...(known.scopes ?? [])]),
    claims: frozenCopy({ ...known.claims }),
  })
}
