import type { Reporter } from '@clew/internal/reports/reporter'
import {
  type Operation as ReportedOperation,
  type RequestRecord,
  recordOf,
} from '@clew/internal/requests/record'
import { type Denied, denied } from '../guard/answer.ts'
import { challengesOf } from '../guard/challenges.ts'
import { type Guard, nameOf, type Operation } from '../guard/guard.ts'
import { addressKey } from '../limits/address-key.ts'
import type { FailureLimit } from '../limits/failure-limit.ts'
import { evaluate } from '../policy/evaluation.ts'
import { isPromise } from '../policy/maybe-promise.ts'
import { type Outcome, type Refusal, worst } from '../policy/outcome.ts'
import { schemesOf } from '../policy/policy.ts'
import type { Principal } from '../policy/principal.ts'
import type { Attempt } from '../policy/scheme.ts'
import { hasLeft } from '../requests/left.ts'
import type { Peer } from '../requests/peer.ts'
import { stateOf } from '../requests/state.ts'
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

/** Decides about the requests for one method. */
export function createDecision(
  named: Operation,
  { settings, limit, reporter }: DecisionContext,
): Guard['check'] {
  const { policy } = named
  const schemes = [...schemesOf(policy)]
  const vary = [...new Set(schemes.map(({ internals }) => internals.header))].join(', ')
  const operation: ReportedOperation = Object.freeze(nameOf(named))

  return (req) => {
    const record = recordOf(req)
    record.operation = operation
    if (policy.kind === 'noSecurity') return allow(record, [])
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
    if (!isPromise(outcome)) return decide(record, peer, attempt, outcome)
    return outcome.then(
      (late) => decide(record, peer, attempt, late),
      () => decide(record, peer, attempt, internalError),
    )
  }

  function decide(
    record: RequestRecord,
    { address }: Peer,
    attempt: Attempt,
    outcome: Outcome,
  ): Denied | undefined {
    if (outcome.ok) {
      if (reporter.isHeard()) reportAllowed(reporter, { operation, address }, outcome.principals)
      return allow(record, outcome.principals)
    }
    const { refusals } = attempt
    const refusal = refusals.length > 0 ? worst(refusals) : outcome
    reportDenied(reporter, { operation, address }, refusal.fault, refusal)
    return denied(refusal.fault, {
      challenges: challengesOf(schemes, refusals, refusal),
      vary,
      retryAfter: refusal.retryAfter,
    })
  }

  function denyInsecure({ address, untrustedProxy }: Peer): Denied {
    const reason = untrustedProxy ? 'untrusted_proxy' : 'no_tls'
    reportDenied(reporter, { operation, address }, 'insecure', { reason })
    return denied('insecure')
  }
}

function allow(record: RequestRecord, principals: readonly Principal[]): undefined {
  stateOf(record).principals = principals
}
