import type { RateLimits } from './rate-limit-options.ts'

/** What is left for a credential. */
export interface Quota {
  readonly isExceeded: boolean
  /** Requests that may follow in this window. */
  readonly remaining: number
  /** Seconds until the window ends. */
  readonly resetSeconds: number
}

/** Header fields that tell a client of its limit. */
export interface RateLimitFields {
  readonly 'RateLimit-Policy': string
  readonly RateLimit: string
}

/**
 * What clients are told of a limit: draft-ietf-httpapi-ratelimit-headers-10, structured fields
 * (RFC 9651).
 *
 * @param name - of the limit, checked before
 */
export function createRateLimitFields(
  name: string,
  { max, windowMs }: RateLimits,
): (quota: Quota) => RateLimitFields {
  const policy = `"${name}";q=${max};w=${Math.ceil(windowMs / 1_000)}`
  const beforeRemaining = `"${name}";r=`
  return ({ remaining, resetSeconds }) => ({
    'RateLimit-Policy': policy,
    RateLimit: `${beforeRemaining}${remaining};t=${resetSeconds}`,
  })
}
