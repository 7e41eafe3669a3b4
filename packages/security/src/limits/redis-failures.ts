import { optionCheck } from '../options.ts'
import { type IoRedisClient, type NodeRedisClient, redisOption } from './redis.ts'
import type { FailureStore, StoreAnswer } from './store.ts'

export interface RedisFailuresOptions {
  /**
   * In front of all keys in Redis: 1 to 64 printable ASCII characters.
   *
   * @defaultValue `'clew:failures:'`
   */
  readonly prefix?: string
}

// One key, so that it also works in a cluster. f: failures, r: checks in flight. What is left of
// an instance that has died goes with the window.
const reserveScript = `
local f = tonumber(redis.call('HGET', KEYS[1], 'f') or '0')
local r = tonumber(redis.call('HGET', KEYS[1], 'r') or '0')
local max = tonumber(ARGV[1])
if f >= max then return redis.call('PTTL', KEYS[1]) end
if f + r >= max then return -10 end
redis.call('HINCRBY', KEYS[1], 'r', 1)
if f + r == 0 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return -11`

const settleScript = `
local r = tonumber(redis.call('HGET', KEYS[1], 'r') or '0')
if r > 0 then redis.call('HINCRBY', KEYS[1], 'r', -1) end
if ARGV[2] == '1' then
  if redis.call('HINCRBY', KEYS[1], 'f', 1) == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
elseif r <= 1 and redis.call('HEXISTS', KEYS[1], 'f') == 0 then
  redis.call('DEL', KEYS[1])
end
return 1`

/**
 * Counts failures in Redis (or Valkey) for several instances together: the option
 * `failures.store` of `create`. Addresses and hashes of user names are stored, each for one window.
 *
 * @param client - of `redis` or `ioredis`, connected; it stays yours, also to close
 * @throws TypeError `ERR_SECURITY_OPTION` for something else, and for a wrong option
 */
export function redisFailures(
  client: NodeRedisClient | IoRedisClient,
  options: RedisFailuresOptions = {},
): FailureStore {
  const check = optionCheck('security.redisFailures')
  const { prefix = 'clew:failures:' } = check.options('options', options, ['prefix'])
  const run = redisOption(check, client, prefix)
  return {
    async reserve(key, { max, windowMs }): Promise<StoreAnswer> {
      const answer = Number(await run(reserveScript, [key], [String(max), String(windowMs)]))
      if (answer === -11) return 'reserved'
      if (answer === -10) return 'busy'
      return { retryAfterMs: Math.max(0, answer) }
    },
    settle: (key, { windowMs }, failed) =>
      run(settleScript, [key], [String(windowMs), failed ? '1' : '0']),
  }
}
