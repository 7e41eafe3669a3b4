import { mistake } from '@clew/internal/errors/error'
import { show } from '@clew/internal/errors/show'
import type { Reporter } from '@clew/internal/reports/reporter'
import type { SecurityErrorCode } from '../errors.ts'
import { type Policy, schemesOf } from '../policy/policy.ts'
import type { Scheme } from '../policy/scheme.ts'

/** The schemes that one API uses. */
export interface Schemes {
  /** @throws TypeError `ERR_SECURITY_POLICY` if another scheme has the same name */
  add(policy: Policy): void
  all(): ReadonlySet<Scheme>
  shutdown(): Promise<void>
}

export function createSchemes(reporter: Reporter): Schemes {
  const schemes = new Set<Scheme>()
  return {
    add(policy) {
      for (const scheme of schemesOf(policy)) {
        if (schemes.has(scheme)) continue
        for (const { name } of schemes) {
          if (name !== scheme.name) continue
          // Their principals could not be told apart.
          throw mistake<SecurityErrorCode>(
            'ERR_SECURITY_POLICY',
            `security.create: each scheme of an API must have a name of its own; received two named ${show(name)}`,
          )
        }
        schemes.add(scheme)
        scheme.internals.reporter.subscribe((report) => reporter.report(report))
      }
    },
    all: () => schemes,
    async shutdown() {
      await Promise.allSettled([...schemes].map((scheme) => scheme.internals.shutdown()))
    },
  }
}
