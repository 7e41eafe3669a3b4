import type { IncomingMessage } from 'node:http'
import { visible } from '@clew/internal/errors/show'
import type { Reporter } from '@clew/internal/reports/reporter'
import type { Operation } from '@clew/internal/requests/contract'
import { type Denial, proxyHint, statusOf } from '../guard/answer.ts'
import type { Refusal } from '../policy/outcome.ts'

const levels: Readonly<Record<Denial, 'info' | 'warn' | 'error'>> = {
  absent: 'info',
  forbidden: 'info',
  invalid: 'warn',
  malformed: 'warn',
  cross_site: 'warn',
  insecure: 'warn',
  limited: 'warn',
  rate_limited: 'info',
  unavailable: 'error',
  no_policy: 'error',
}

const maxRouteLength = 200

/** What all decisions have. */
export interface Decided {
  /** Service and method. */
  readonly operation: Operation
  /** The client's address. */
  readonly address: string
  /** The request came over TLS. */
  readonly encrypted: boolean
  /**
   * Since when it waited for a hash, a key set or a store, on the clock of `performance.now()`;
   * undefined: it came at once, or nobody measures.
   */
  readonly waitedSinceMs: number | undefined
}

export function reportDenied(
  reporter: Reporter,
  { operation, address }: Decided,
  denial: Denial,
  { reason, scheme }: Pick<Refusal, 'reason' | 'scheme'>,
): void {
  reporter.report({
    type: 'security.denied',
    level: levels[denial],
    message: `request denied: ${reason}${denial === 'insecure' ? `. ${proxyHint}` : ''}`,
    fields: {
      ...operation,
      ...(scheme === undefined ? {} : { scheme }),
      reason,
      status: statusOf(denial),
      'client.address': address,
    },
  })
}

export function reportAllowed(
  reporter: Reporter,
  { operation, address }: Decided,
  scheme: string,
): void {
  reporter.report({
    type: 'security.allowed',
    level: 'debug',
    message: 'request allowed',
    fields: {
      ...operation,
      scheme,
      'client.address': address,
    },
  })
}

/** For a request to a route without a guard. */
export function reportUncovered(reporter: Reporter, req: IncomingMessage, route: string): void {
  reporter.report({
    type: 'security.denied',
    level: levels.no_policy,
    message: 'request denied: its route has no policy',
    fields: {
      reason: 'no_policy',
      status: statusOf('no_policy'),
      'http.request.method': req.method,
      'http.route': visible(route.slice(0, maxRouteLength)),
    },
  })
}

/** At the start: which requests count as secure. */
export function reportTransport(reporter: Reporter, trustedProxies: readonly string[]): void {
  const named =
    trustedProxies.length === 0
      ? 'no proxy is trusted (option trustedProxies)'
      : `the proxies in trustedProxies say whether a request came over TLS`
  reporter.report({
    type: 'security.transport',
    level: 'info',
    message:
      `requests with credentials need TLS; ${named}. Assumed: a request from this machine without ` +
      'signs of a proxy (Forwarded, Via, X-Forwarded-*, X-Real-IP, HTTP/1.0) was not forwarded',
    fields: { https: 'required', trustedProxies: [...trustedProxies] },
  })
}
