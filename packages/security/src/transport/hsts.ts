import type { Check } from '../options.ts'

/** Strict-Transport-Security (RFC 6797). */
export interface HstsOptions {
  /**
   * How long browsers use https only, in milliseconds (integer, 0 to 63_072_000_000: two years).
   *
   * @defaultValue 31_536_000_000 (one year)
   */
  readonly maxAgeMs?: number
  /** Also for each subdomain. @defaultValue false */
  readonly includeSubDomains?: boolean
  /**
   * Asks for a place in the lists that browsers are built with. Needs `includeSubDomains` and a year
   * at least (hstspreload.org).
   *
   * @defaultValue false
   */
  readonly preload?: boolean
}

const yearMs = 31_536_000_000

/** The value of the header; undefined: none is sent. */
export function hstsOption(check: Check, hsts: HstsOptions | boolean): string | undefined {
  if (hsts === false) return undefined
  const given = check.options('hsts', hsts === true ? {} : hsts, [
    'maxAgeMs',
    'includeSubDomains',
    'preload',
  ])
  const { maxAgeMs = yearMs, includeSubDomains = false, preload = false } = given
  check.integer('hsts.maxAgeMs', maxAgeMs, { min: 0, max: 2 * yearMs })
  check.boolean('hsts.includeSubDomains', includeSubDomains)
  if (check.boolean('hsts.preload', preload) && (!includeSubDomains || maxAgeMs < yearMs)) {
    throw check.error('hsts.preload', 'false without includeSubDomains and a year', preload)
  }
  const parts = [`max-age=${Math.floor(maxAgeMs / 1_000)}`]
  if (includeSubDomains) parts.push('includeSubDomains')
  if (preload) parts.push('preload')
  return parts.join('; ')
}
