import type { Reporter } from '@clew/internal/reports/reporter'
import { addressKey } from './address-key.ts'
import { createFailures, type FailureLimits } from './failures.ts'

/** Blocks addresses and credentials that have failed too often. */
export interface FailureLimit {
  /** Seconds until the address and the credential may try again; undefined: now. */
  blocked(address: string, credential?: string): number | undefined
  count(address: string, credential?: string): void
}

const noLimit: FailureLimit = { blocked: () => undefined, count() {} }

/** @param limits - undefined: nobody is ever blocked */
export function createFailureLimit(
  limits: FailureLimits | undefined,
  reporter: Reporter,
): FailureLimit {
  if (limits === undefined) return noLimit
  const failures = createFailures(limits)
  let reportedMs = Number.NEGATIVE_INFINITY

  function reportEvictions(): void {
    if (Date.now() - reportedMs <= 60_000) return
    reportedMs = Date.now()
    reporter.report({
      type: 'security.failures_full',
      level: 'warn',
      message: 'too many failing clients to remember; the oldest are forgotten',
      fields: { entries: failures.size, evicted: failures.evicted },
    })
  }

  return {
    blocked: (address, credential) =>
      failures.blocked(addressKey(address)) ??
      (credential === undefined ? undefined : failures.blocked(credential)),
    count(address, credential) {
      const before = failures.evicted
      failures.fail(addressKey(address))
      if (credential !== undefined) failures.fail(credential)
      if (failures.evicted > before) reportEvictions()
    },
  }
}
