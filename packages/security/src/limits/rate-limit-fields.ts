import type { Quota, RateLimit } from './rate-limit.ts'

/**
 * The header fields that tell a client of its limit: draft-ietf-httpapi-ratelimit-headers-10,
 * structured fields (RFC 9651). Names are checked when a limit is made.
 */
export function rateLimitFields(
  { name, limits: { max, windowMs } }: RateLimit,
  { remaining, resetSeconds }: Quota,
): Readonly<Record<string, string>> {
  return {
    'RateLimit-Policy': `"${name}";q=${max};w=${Math.ceil(windowMs / 1_000)}`,
    RateLimit: `"${name}";r=${remaining};t=${resetSeconds}`,
  }
}
