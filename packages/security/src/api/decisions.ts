import type { IncomingMessage } from 'node:http'
import type { Reporter } from '@clew/internal/reports/reporter'
import { type Denial, statusOf } from '../guard/answer.ts'
import type { Refusal } from '../policy/outcome.ts'
import type { Principals } from '../policy/principal.ts'
import type { ApiView } from './apis.ts'
import { createDecisionLog } from './decision-log.ts'
import { measureDecision } from './decision-metrics.ts'
import { type Decided, reportAllowed, reportDenied, reportUncovered } from './decision-reports.ts'

/** Tells everybody who wants to know what was decided: listeners, metrics, debug. */
export interface Decisions {
  allowed(decided: Decided, principals: Principals): void
  denied(decided: Decided, denial: Denial, refusal: Pick<Refusal, 'reason' | 'scheme'>): void
  /** A request to a route without a guard. */
  uncovered(req: IncomingMessage, route: string): void
  /** What others see of the API; here, so that it lives as long as a guard. */
  readonly view: ApiView
}

export function createDecisions(reporter: Reporter, view: Omit<ApiView, 'decisions'>): Decisions {
  const log = createDecisionLog()
  return {
    view: { ...view, decisions: log.latest },
    allowed(decided, principals) {
      const { operation, address, waitedSinceMs } = decided
      const scheme = schemeOf(principals)
      if (reporter.isHeard()) reportAllowed(reporter, decided, scheme)
      const outcome = 'allowed'
      log.add({ outcome, status: undefined, scheme, reason: undefined, address }, operation)
      measureDecision(waitedSinceMs, operation, { outcome, scheme })
    },
    denied(decided, denial, refusal) {
      const { operation, address, waitedSinceMs } = decided
      const { scheme, reason } = refusal
      reportDenied(reporter, decided, denial, refusal)
      log.add({ outcome: denial, status: statusOf(denial), scheme, reason, address }, operation)
      measureDecision(waitedSinceMs, operation, { outcome: denial, scheme, reason })
    },
    uncovered(req, route) {
      const outcome = 'no_policy'
      const status = statusOf(outcome)
      // A request of fetch has no socket.
      const { socket } = req as Partial<IncomingMessage>
      const address = socket?.remoteAddress ?? ''
      reportUncovered(reporter, req, route)
      log.add({ outcome, status, scheme: undefined, reason: outcome, address }, {})
    },
  }
}

function schemeOf(principals: Principals): string {
  const [first] = principals
  if (first && principals.length === 1) return first.scheme
  return principals.map(({ scheme }) => scheme).join('+')
}
