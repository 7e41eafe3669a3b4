import type { Reporter } from '@clew/internal/reports/reporter'
import type { Operation as ReportedOperation } from '@clew/internal/requests/record'
import { denied } from '../guard/answer.ts'
import { challengesOf } from '../guard/challenges.ts'
import { type Decide, type Decision, nameOf, type Operation } from '../guard/guard.ts'
import { addressKey } from '../limits/address-key.ts'
import type { FailureLimit } from '../limits/failure-limit.ts'
import { evaluate } from '../policy/evaluation.ts'
import { isPromise } from '../policy/maybe-promise.ts'
import { type Outcome, type Refusal, worst } from '../policy/outcome.ts'
import { schemesOf } from '../policy/policy.ts'
import type { Attempt } from '../policy/scheme.ts'
import { hasLeft } from '../requests/left.ts'
import type { Peer } from '../requests/peer.ts'
import { reportAllowed, reportDenied } from './decision-reports.ts'
import type { Settings } from './options.ts'

/** What the decisions of one API have in common. */
export interface DecisionContext {
  readonly settings: Settings
  readonly limit: FailureLimit
  readonly reporter: Reporter
}

// For a rejection that is not expected: fails closed.
const internalError: Refusal = {
  ok: false,
  fault: 'unavailable',
  reason: 'internal_error',
  retryAfter: 5,
}

const everybody: Decision = Object.freeze({ allowed: true, principals: Object.freeze([]) })

const deny = (...args: Parameters<typeof denied>): Decision => ({
  allowed: false,
  denied: denied(...args),
})

/** Decides about the requests for one method. */
export function createDecision(
  named: Operation,
  { settings, limit, reporter }: DecisionContext,
): Decide {
  const { policy } = named
  const schemes = [...schemesOf(policy)]
  const vary = [...new Set(schemes.map(({ internals }) => internals.header))].join(', ')
  const operation: ReportedOperation = Object.freeze(nameOf(named))

  return (req) => {
    if (policy.kind === 'noSecurity') return everybody
    const peer = settings.peerOf(req)
    if (settings.requiresHttps && !peer.secure) return denyInsecure(peer)
    const lane = addressKey(peer.address)
    const isGone = () => hasLeft(req)
    const attempt: Attempt = {
      req,
      refusals: [],
      lane,
      isGone,
      reserve: (user) => limit.reserve({ lane, user, isGone }),
    }
    const outcome = evaluate(policy, attempt)
    if (!isPromise(outcome)) return decide(peer, attempt, outcome)
    return outcome.then(
      (late) => decide(peer, attempt, late),
      () => decide(peer, attempt, internalError),
    )
  }

  function decide({ address }: Peer, attempt: Attempt, outcome: Outcome): Decision {
    if (outcome.ok) {
      if (reporter.isHeard()) reportAllowed(reporter, { operation, address }, outcome.principals)
      return { allowed: true, principals: outcome.principals }
    }
    const { refusals } = attempt
    const refusal = refusals.length > 0 ? worst(refusals) : outcome
    reportDenied(reporter, { operation, address }, refusal.fault, refusal)
    return deny(refusal.fault, {
      challenges: challengesOf(schemes, refusals, refusal),
      vary,
      retryAfter: refusal.retryAfter,
    })
  }

  function denyInsecure({ address, untrustedProxy }: Peer): Decision {
    const reason = untrustedProxy ? 'untrusted_proxy' : 'no_tls'
    reportDenied(reporter, { operation, address }, 'insecure', { reason })
    return deny('insecure')
  }
}
