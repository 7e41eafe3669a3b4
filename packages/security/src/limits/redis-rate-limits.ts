import { optionCheck } from '../options.ts'
import type { RateLimitStore } from './rate-limit-options.ts'
import { type IoRedisClient, type NodeRedisClient, redisOption } from './redis.ts'

export interface RedisRateLimitsOptions {
  /**
   * In front of all keys in Redis: 1 to 64 printable ASCII characters.
   *
   * @defaultValue `'clew:rate-limits:'`
   */
  readonly prefix?: string
}

// One key, so that it also works in a cluster.
const takeScript = `
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return {count, redis.call('PTTL', KEYS[1])}`

/**
 * Counts requests in Redis (or Valkey) for several instances together: the option
 * `rateLimit.store` of `create`. Hashes of credentials are stored, each for one window.
 *
 * @param client - of `redis` or `ioredis`, connected; it stays yours, also to close
 * @throws TypeError `ERR_SECURITY_OPTION` for something else, and for a wrong option
 */
export function redisRateLimits(
  client: NodeRedisClient | IoRedisClient,
  options: RedisRateLimitsOptions = {},
): RateLimitStore {
  const check = optionCheck('security.redisRateLimits')
  const { prefix = 'clew:rate-limits:' } = check.options('options', options, ['prefix'])
  const run = redisOption(check, client, prefix)
  return {
    async take(key, { windowMs }) {
      const [count, leftMs] = (await run(takeScript, [key], [String(windowMs)])) as unknown[]
      return { count: Number(count), leftMs: Number(leftMs) }
    },
  }
}
