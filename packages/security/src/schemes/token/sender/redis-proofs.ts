import { type IoRedisClient, type NodeRedisClient, redisOption } from '../../../limits/redis.ts'
import { optionCheck } from '../../../options.ts'
import type { ProofStore } from './proof-store.ts'

export interface RedisProofsOptions {
  /**
   * In front of all keys in Redis: 1 to 64 printable ASCII characters.
   *
   * @defaultValue `'clew:proofs:'`
   */
  readonly prefix?: string
}

const addScript = `
if redis.call('SET', KEYS[1], '', 'NX', 'PX', ARGV[1]) then return 1 end
return 0`

/**
 * Remembers DPoP proofs in Redis (or Valkey) for several instances together: the option `dpop.store`.
 * Hashes are stored, each for as long as its proof is good.
 *
 * @param client - of `redis` or `ioredis`, connected; it stays yours, also to close
 * @throws TypeError `ERR_SECURITY_OPTION` for something else, and for a wrong option
 */
export function redisProofs(
  client: NodeRedisClient | IoRedisClient,
  options: RedisProofsOptions = {},
): ProofStore {
  const check = optionCheck('security.redisProofs')
  const { prefix = 'clew:proofs:' } = check.options('options', options, ['prefix'])
  const run = redisOption(check, client, prefix)
  return {
    async add(key, ttlMs) {
      return Number(await run(addScript, [key], [String(Math.max(1, ttlMs))])) === 1
    },
  }
}
