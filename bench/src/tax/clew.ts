import * as log from '@clew/log'
import * as metrics from '@clew/metrics'
import * as security from '@clew/security'
import * as trace from '@clew/trace'
import { discardedMetrics, discardedSpans } from './discarded.ts'
import type { Subject } from './subject.ts'
import { audience, issuer, scope, secret } from './token.ts'

const service = { name: 'bench' }

/** Sets up the parts of a subject; what stands in front of the routes follows from them. */
export async function configureClew({ parts, sampled }: Subject): Promise<void> {
  log.configure({ outputs: { to: '/dev/null', format: 'json' } })
  if (parts.includes('trace')) {
    await trace.configure({ service, exporter: discardedSpans, sampler: sampled, clients: false })
  }
  if (parts.includes('metrics')) {
    await metrics.configure({ service, exporter: discardedMetrics, runtime: false, clients: false })
  }
}

export const httpOptions = ({ parts }: Subject): log.HttpOptions => ({
  always: parts.includes('log'),
})

export const logs = ({ parts }: Subject): boolean => parts.includes('log') || parts.includes('held')

/** The guard of the route that is asked for. */
export function createGuard(): security.Guard {
  const jwt = security.jwt('jwt', {
    issuers: [{ issuer, audience, secret: new TextEncoder().encode(secret) }],
    scopes: { [scope]: 'Read orders' },
  })
  return security.create({ default: jwt.scopes(scope) }).method('read')
}
