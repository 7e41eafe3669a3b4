import { codeOf } from '@clew/internal/errors/error'
import { reasonOf } from '@clew/internal/errors/reason'
import { visible } from '@clew/internal/errors/show'
import type { Reporter } from '@clew/internal/reports/reporter'
import { createFairQueue } from '../../limits/fair-queue.ts'
import { createVerdicts } from '../../limits/verdicts.ts'
import { createRefuse, type Refusal, refuseNoPlace } from '../../policy/outcome.ts'
import { clientGone, isPlace, type Place, tooManyChecks } from '../../policy/place.ts'
import type { Attempt } from '../../policy/scheme.ts'
import { frozenCopy } from '../frozen-copy.ts'
import { kindFault } from '../jws/token-kind.ts'
import { type Claims, isDate, rolesOf, scopesOf, subjectOf, tokenFault } from '../token/claims.ts'
import type { TokenPrincipal } from '../token/token-principal.ts'
import type { TokenVerifier } from '../token/token-verifier.ts'
import { createIntrospection } from './introspection.ts'
import type { IntrospectionSettings } from './introspection-options.ts'

/** One question about a token, that several requests wait for. */
interface Flight {
  readonly waiting: Attempt[]
  /** Undefined: not asked, for a reason that concerns only who wanted to ask. */
  readonly answer: Promise<Answer | undefined>
}

type Answer = TokenPrincipal | Refusal

interface Parts {
  readonly settings: IntrospectionSettings
  readonly cacheMax: number
  readonly reporter: Reporter
}

const seenMs = 3_600_000
const repeatMs = 60_000

/** Tokens that the authorization server is asked about. */
export function createIntrospectionVerifier(
  scheme: string,
  { settings, cacheMax, reporter }: Parts,
): TokenVerifier {
  const { cacheMs, negativeCacheMs, rules } = settings
  const introspection = createIntrospection(settings)
  const queue = createFairQueue(settings.concurrency, settings.maxWaiting)
  const refuse = createRefuse(scheme)
  const accepted = createVerdicts<TokenPrincipal>(cacheMs === 0 ? 0 : cacheMax)
  // Apart, so that made-up tokens drive out no good ones.
  const refused = createVerdicts<string>(negativeCacheMs === 0 ? 0 : cacheMax)
  // A token that was active, or that was counted, is no new guess.
  const seen = createVerdicts<true>(cacheMax)
  const flights = new Map<string, Flight>()
  let failedMs: number | undefined

  function faultOf(claims: Claims): string | undefined {
    const { iss, exp, nbf } = claims
    const now = Date.now() / 1000
    if (settings.issuer !== undefined && iss !== undefined && iss !== settings.issuer) {
      return 'wrong_issuer'
    }
    if ((exp !== undefined && !isDate(exp)) || (nbf !== undefined && !isDate(nbf)))
      return 'bad_date'
    if (exp !== undefined && now >= exp) return 'expired'
    if (nbf !== undefined && now < nbf) return 'not_yet_valid'
    return kindFault(claims) ?? tokenFault(claims, rules)
  }

  function principalOf(claims: Claims): TokenPrincipal | undefined {
    const subject = subjectOf(claims, settings.subjectClaims)
    const scopes = scopesOf(claims, settings.scopeClaims)
    const roles = rolesOf(claims, settings.roleClaims)
    if (subject === undefined || !scopes || !roles) return undefined
    try {
      return Object.freeze({ scheme, subject, scopes, roles, claims: frozenCopy(claims) })
    } catch {
      return undefined
    }
  }

  function judge(key: string, claims: Claims | undefined): Answer {
    const fault = claims ? faultOf(claims) : 'inactive'
    const principal = claims && fault === undefined ? principalOf(claims) : undefined
    const now = Date.now()
    if (!principal || !claims) {
      const reason = fault ?? 'bad_claims'
      refused.set(key, reason, now + negativeCacheMs)
      return refuse('invalid', reason)
    }
    const { exp } = claims
    const untilMs = now + cacheMs
    accepted.set(key, principal, isDate(exp) ? Math.min(untilMs, exp * 1000) : untilMs)
    return principal
  }

  async function ask(token: string, key: string, place: Place, flight: Attempt[]): Promise<Answer> {
    let isGuess = false
    try {
      const isGone = () => flight.every((attempt) => attempt.isGone())
      const asked = await queue.run(() => introspection.ask(token), flight[0]?.lane ?? '', isGone)
      if (asked === 'full') return refuseNoPlace(refuse, tooManyChecks)
      if (asked === 'gone') return refuseNoPlace(refuse, clientGone)
      reportRecovered()
      // An expired token that a tab polls with, or that was counted before, is no guess.
      isGuess = asked.result === undefined && !seen.get(key, Date.now())
      seen.set(key, true, Date.now() + seenMs)
      return judge(key, asked.result)
    } catch (error) {
      reportFailed(error)
      return refuse('unavailable', 'introspection_failed', { retryAfter: 5 })
    } finally {
      place.settle(isGuess)
    }
  }

  function reportFailed(error: unknown): void {
    if (failedMs !== undefined && performance.now() - failedMs < repeatMs) return
    failedMs = performance.now()
    reporter.report({
      type: 'security.introspection_failed',
      level: 'error',
      message: 'the authorization server cannot be asked about tokens',
      fields: { scheme, error: visible(codeOf(error) ?? reasonOf(error)) },
    })
  }

  function reportRecovered(): void {
    if (failedMs === undefined) return
    failedMs = undefined
    reporter.report({
      type: 'security.introspection_recovered',
      level: 'info',
      message: 'the authorization server can be asked about tokens again',
      fields: { scheme },
    })
  }

  async function verify(token: string, key: string, attempt: Attempt): Promise<Answer> {
    const running = flights.get(key)
    if (running) {
      running.waiting.push(attempt)
      return (await running.answer) ?? verify(token, key, attempt)
    }
    const waiting = [attempt]
    const place = Promise.resolve(attempt.reserve())
    const answer = place
      .then((found) => (isPlace(found) ? ask(token, key, found, waiting) : undefined))
      .finally(() => flights.delete(key))
    flights.set(key, { waiting, answer })
    const [found, reserved] = [await answer, await place]
    if (found) return found
    return isPlace(reserved)
      ? refuse('unavailable', 'introspection_failed', { retryAfter: 5 })
      : refuseNoPlace(refuse, reserved)
  }

  return {
    known: (key) => accepted.get(key, Date.now()),
    verify(token, key, attempt) {
      const reason = refused.get(key, Date.now())
      return reason === undefined ? verify(token, key, attempt) : refuse('invalid', reason)
    },
    async shutdown() {
      accepted.clear()
      refused.clear()
      await introspection.close()
    },
  }
}
