import type { Operation as ReportedOperation } from '@clew/internal/requests/contract'
import { denied } from '../guard/answer.ts'
import type { Beside } from '../guard/beside.ts'
import { challengesOf } from '../guard/challenges.ts'
import { type Decide, type Decision, nameOf, type Operation } from '../guard/guard.ts'
import { addressKey } from '../limits/address-key.ts'
import type { FailureLimit } from '../limits/failure-limit.ts'
import type { RateLimit } from '../limits/rate-limit.ts'
import type { Quota, RateLimitFields } from '../limits/rate-limit-fields.ts'
import { withMetadata } from '../metadata/protected-resource.ts'
import { evaluate } from '../policy/evaluation.ts'
import { chain, isPromise, type MaybePromise } from '../policy/maybe-promise.ts'
import { type Outcome, type Refusal, worst } from '../policy/outcome.ts'
import { schemesOf } from '../policy/policy.ts'
import type { Principals } from '../policy/principal.ts'
import { type Attempt, headersOf } from '../policy/scheme.ts'
import { hasLeft } from '../requests/left.ts'
import { createCredentialKey } from './credential-key.ts'
import { startMeasuring } from './decision-metrics.ts'
import type { Decided } from './decision-reports.ts'
import type { Decisions } from './decisions.ts'
import type { Settings } from './options.ts'

/** What the decisions of one API have in common. */
export interface DecisionContext {
  readonly settings: Settings
  readonly limit: FailureLimit
  readonly decisions: Decisions
}

/** What is decided for one method. */
export interface DecisionRules {
  readonly operation: Operation
  /** Undefined: as many requests as anybody wants. */
  readonly rateLimit: RateLimit | undefined
}

// For a rejection that is not expected: fails closed.
const internalError: Refusal = {
  ok: false,
  fault: 'unavailable',
  reason: 'internal_error',
  retryAfter: 5,
}

const nobody: Principals = Object.freeze([])

const hasHeaders = ({ headers }: Refusal) => headers !== undefined

const deny = (...args: Parameters<typeof denied>): Decision => ({
  allowed: false,
  denied: denied(...args),
})

/** What came of asking a rate limit. */
interface Taken {
  readonly rateLimit: RateLimit
  readonly quota: Quota
  readonly decided: Decided
  readonly principals: Principals
}

/** Decides about the requests for one method. */
export function createDecision(
  { operation: named, rateLimit }: DecisionRules,
  { settings, limit, decisions }: DecisionContext,
): Decide {
  const { policy } = named
  const schemes = [...schemesOf(policy)]
  const vary = [...new Set(schemes.flatMap(({ internals }) => headersOf(internals)))].join(', ')
  const credentialOf = createCredentialKey(schemes)
  const operation: ReportedOperation = Object.freeze(nameOf(named))

  const { hsts, trustedOrigins } = settings
  // What a credential has opened is for nobody else.
  const beside: Beside =
    policy.kind === 'noSecurity' ? {} : { 'Cache-Control': 'no-store', Vary: vary }
  const besideTls: Beside =
    hsts === undefined ? beside : { ...beside, 'Strict-Transport-Security': hsts }
  const everybody: Decision = { allowed: true, principals: nobody, headers: beside }
  const everybodyByTls: Decision = { ...everybody, headers: besideTls }

  return (req) => {
    if (policy.kind === 'noSecurity') {
      return hsts !== undefined && settings.peerOf(req).encrypted ? everybodyByTls : everybody
    }
    const { address, secure, encrypted, untrustedProxy } = settings.peerOf(req)
    const decided: Decided = { operation, address, waitedSinceMs: undefined, encrypted }
    if (settings.requiresHttps && !secure) return denyInsecure(decided, untrustedProxy)
    const lane = addressKey(address)
    const isGone = () => hasLeft(req)
    const attempt: Attempt = {
      req,
      refusals: [],
      lane,
      trustedOrigins,
      isGone,
      reserve: (user) => limit.reserve({ lane, user, isGone }),
    }
    const outcome = evaluate(policy, attempt)
    if (!isPromise(outcome)) return decide(decided, attempt, outcome)
    const waited: Decided = { ...decided, waitedSinceMs: startMeasuring() }
    return outcome.then(
      (late) => decide(waited, attempt, late),
      () => decide(waited, attempt, internalError),
    )
  }

  function decide(decided: Decided, attempt: Attempt, outcome: Outcome): MaybePromise<Decision> {
    if (outcome.ok) {
      const { principals } = outcome
      if (rateLimit === undefined) {
        decisions.allowed(decided, principals)
        return { allowed: true, principals, headers: decided.encrypted ? besideTls : beside }
      }
      return chain(rateLimit.take(credentialOf(principals)), (quota) =>
        judge({ rateLimit, quota, decided, principals }),
      )
    }
    const { refusals } = attempt
    const refusal = refusals.length > 0 ? worst(refusals) : outcome
    decisions.denied(decided, refusal.fault, refusal)
    return deny(refusal.fault, {
      challenges: withMetadata(challengesOf(schemes, attempt, refusal), settings.resource),
      vary,
      retryAfter: refusal.retryAfter,
      hsts: decided.encrypted ? hsts : undefined,
      headers: refusal.fault === 'invalid' ? refusals.find(hasHeaders)?.headers : undefined,
    })
  }

  function judge({ rateLimit: by, quota, decided, principals }: Taken): Decision {
    const fields = by.fieldsOf(quota)
    if (!quota.isExceeded) {
      decisions.allowed(decided, principals)
      return { allowed: true, principals, headers: besideWith(fields, decided.encrypted) }
    }
    const scheme = principals.map((each) => each.scheme).join('+')
    decisions.denied(decided, 'rate_limited', { reason: 'rate_limited', scheme })
    return deny('rate_limited', {
      vary,
      retryAfter: quota.resetSeconds,
      hsts: decided.encrypted ? hsts : undefined,
      headers: { ...fields },
    })
  }

  /** Written out: a spread in front of further members would cost more than the limit does. */
  function besideWith(fields: RateLimitFields, encrypted: boolean): Beside {
    const { 'RateLimit-Policy': limits, RateLimit: left } = fields
    const kept = 'no-store'
    return encrypted && hsts !== undefined
      ? {
          'Cache-Control': kept,
          Vary: vary,
          'Strict-Transport-Security': hsts,
          'RateLimit-Policy': limits,
          RateLimit: left,
        }
      : { 'Cache-Control': kept, Vary: vary, 'RateLimit-Policy': limits, RateLimit: left }
  }

  function denyInsecure(decided: Decided, untrustedProxy: boolean): Decision {
    const reason = untrustedProxy ? 'untrusted_proxy' : 'no_tls'
    decisions.denied(decided, 'insecure', { reason })
    return deny('insecure')
  }
}
