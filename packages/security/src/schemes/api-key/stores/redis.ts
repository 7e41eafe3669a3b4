import { type IoRedisClient, type NodeRedisClient, redisOption } from '../../../limits/redis.ts'
import { optionCheck } from '../../../options.ts'
import type { ApiKeyRecord } from '../record.ts'
import {
  type ApiKeyRepository,
  byAge,
  hashBefore,
  keyExists,
  maxListed,
  requireRecord,
} from '../store.ts'

export interface RedisApiKeysOptions {
  /**
   * In front of all keys in Redis: 1 to 64 printable ASCII characters. In a cluster it needs a part
   * in braces, which keeps them together.
   *
   * @defaultValue `'clew:{api-keys}:'`
   */
  readonly prefix?: string
}

// A hash for each record: the record in JSON, when it was revoked, when it was last used. These two
// are fields of their own, so that a rotation at the same time does not undo them. A set of ids for
// each owner.
const getScript = `return redis.call('HMGET', KEYS[1], 'record', 'revokedAt', 'lastUsedAt')`

const insertScript = `
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('HSET', KEYS[1], 'record', ARGV[1], 'hash', ARGV[2])
if ARGV[4] ~= '' then redis.call('HSET', KEYS[1], 'revokedAt', ARGV[4]) end
redis.call('SADD', KEYS[2], ARGV[3])
return 1`

const rotateScript = `
if redis.call('HGET', KEYS[1], 'hash') ~= ARGV[1] then return 0 end
if redis.call('HEXISTS', KEYS[1], 'revokedAt') == 1 then return 0 end
redis.call('HSET', KEYS[1], 'record', ARGV[2], 'hash', ARGV[3])
return 1`

const revokeScript = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
return redis.call('HSETNX', KEYS[1], 'revokedAt', ARGV[1])`

const usedScript = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local known = redis.call('HGET', KEYS[1], 'lastUsedAt')
if not known or known < ARGV[1] then redis.call('HSET', KEYS[1], 'lastUsedAt', ARGV[1]) end
return 1`

const idsScript = `return redis.call('SRANDMEMBER', KEYS[1], ARGV[1])`

/**
 * Records in Redis (or Valkey), which must be set to keep them: persistence, and no eviction.
 *
 * @param client - of `redis` or `ioredis`, connected; it stays yours, also to close
 * @throws TypeError `ERR_SECURITY_OPTION` for something else, and for a wrong option
 */
export function redisApiKeys(
  client: NodeRedisClient | IoRedisClient,
  options: RedisApiKeysOptions = {},
): ApiKeyRepository {
  const check = optionCheck('security.redisApiKeys')
  const { prefix = 'clew:{api-keys}:' } = check.options('options', options, ['prefix'])
  const run = redisOption(check, client, prefix)
  const keyOf = (id: string) => `key:${id}`
  const ownerOf = (owner: string) => `owner:${owner}`

  async function get(id: string): Promise<ApiKeyRecord | undefined> {
    const [record, revokedAt, lastUsedAt] = (await run(getScript, [keyOf(id)], [])) as unknown[]
    if (typeof record !== 'string') return undefined
    return {
      ...JSON.parse(record),
      ...(typeof revokedAt === 'string' && { revokedAt }),
      ...(typeof lastUsedAt === 'string' && { lastUsedAt }),
    }
  }

  return {
    get,
    async used(id, at) {
      await run(usedScript, [keyOf(id)], [at.toISOString()])
    },
    async insert(record) {
      requireRecord('insert', record)
      const { id, owner, hash, revokedAt } = record
      const args = [JSON.stringify(record), hash, id, revokedAt ?? '']
      if ((await run(insertScript, [keyOf(id), ownerOf(owner)], args)) !== 1) throw keyExists(id)
    },
    async rotate(record) {
      const args = [hashBefore(record), JSON.stringify(record), record.hash]
      return (await run(rotateScript, [keyOf(record.id)], args)) === 1
    },
    revoke: async (id) => (await run(revokeScript, [keyOf(id)], [new Date().toISOString()])) === 1,
    async list(owner) {
      const ids = (await run(idsScript, [ownerOf(owner)], [String(maxListed)])) as string[]
      const records = await Promise.all(ids.map(get))
      return records.filter((record) => record !== undefined).sort(byAge)
    },
  }
}
