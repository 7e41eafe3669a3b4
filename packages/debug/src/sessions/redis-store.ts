import { type Check, optionCheck } from '../errors.ts'
import type { SessionStore, Stored, StoredSession } from './store.ts'

/** A connected client of `redis` (4 and later). */
export interface NodeRedisClient {
  eval(
    script: string,
    options: { readonly keys: string[]; readonly arguments: string[] },
  ): Promise<unknown>
  duplicate(): NodeRedisSubscriber
}

/** What `duplicate()` of `redis` returns. */
export interface NodeRedisSubscriber {
  on(event: 'error', listener: (error: Error) => void): unknown
  connect(): Promise<unknown>
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>
  destroy?(): void
  disconnect?(): unknown
}

/** A client of `ioredis`. */
export interface IoRedisClient {
  defineCommand(...args: never[]): unknown
  eval(script: string, numberOfKeys: number, ...keysAndArguments: string[]): Promise<unknown>
  duplicate(): IoRedisSubscriber
}

/** What `duplicate()` of `ioredis` returns. */
export interface IoRedisSubscriber {
  on(event: never, listener: never): unknown
  subscribe(channel: string): Promise<unknown>
  disconnect(): unknown
}

export interface RedisSessionsOptions {
  /**
   * In front of the key and the channel in Redis: 1 to 64 printable ASCII characters. Services that
   * share a Redis need different ones.
   *
   * @defaultValue `'clew:debug:'`
   */
  readonly prefix?: string | undefined
}

// One key, so that it also works in a cluster: a hash with `s:id` for a session, `x:id` for one that was
// closed, and `i:id:instance` for who applies it, each behind the time at which it is over. By the clock
// of Redis: those of the instances may differ. A store that comes back empty has no `x:id`, and gets the
// sessions that go on from the instances.
const start = `
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local function keep(field, ms, text)
  redis.call('HSET', KEYS[1], field, string.format('%d', now + ms) .. ' ' .. text)
  if redis.call('PTTL', KEYS[1]) < tonumber(ms) then redis.call('PEXPIRE', KEYS[1], ms) end
end
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  if tonumber(string.match(all[i + 1], '^%d+')) <= now then redis.call('HDEL', KEYS[1], all[i]) end
end
`
const putScript = `${start}
if redis.call('HEXISTS', KEYS[1], 'x:' .. ARGV[2]) == 1 then return 0 end
keep('s:' .. ARGV[2], ARGV[4], ARGV[3])
return redis.call('PUBLISH', ARGV[1], '')`
const removeScript = `${start}
for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
  if field == 's:' .. ARGV[2] or string.sub(field, 1, 15) == 'i:' .. ARGV[2] .. ':' then
    redis.call('HDEL', KEYS[1], field)
  end
end
keep('x:' .. ARGV[2], ${24 * 60 * 60 * 1000}, '')
return redis.call('PUBLISH', ARGV[1], '')`
const takeScript = `${start}
local field = 'i:' .. ARGV[2] .. ':' .. ARGV[3]
local known = redis.call('HEXISTS', KEYS[1], field)
keep(field, ARGV[4], '')
if known == 1 then return 0 end
return redis.call('PUBLISH', ARGV[1], '')`
const readScript = `${start}
return { string.format('%d', now), redis.call('HGETALL', KEYS[1]) }`

const maxSessions = 1000
/** An instance that has gone is listed no longer than this: the others say it again sooner. */
const takenMs = 30_000

/**
 * Shares debug sessions through Redis (or Valkey): the option `store` of `console`. Each ends there by
 * itself, too.
 *
 * @param client - of `redis` or `ioredis`, connected; it stays yours, also to close. A second
 * connection, for what is published, is made from it and closed with the console.
 * @throws TypeError `ERR_DEBUG_OPTION` for something else, and for a wrong option
 */
export function redisSessions(
  client: NodeRedisClient | IoRedisClient,
  options: RedisSessionsOptions = {},
): SessionStore {
  const check = optionCheck('debug.redisSessions')
  const { prefix = 'clew:debug:' } = check.options('options', options, ['prefix'])
  checkClient(check, client)
  if (typeof prefix !== 'string' || !/^[\x21-\x7e]{1,64}$/.test(prefix)) {
    throw check.error('prefix', '1 to 64 printable ASCII characters', prefix)
  }
  const key = `${prefix}sessions`
  const channel = `${prefix}changes`
  const run = (script: string, ...args: string[]) =>
    'defineCommand' in client
      ? client.eval(script, 1, key, channel, ...args)
      : client.eval(script, { keys: [key], arguments: [channel, ...args] })
  return {
    put: (id, session, ttlMs) => run(putScript, id, session, String(ttlMs)),
    remove: (id) => run(removeScript, id),
    take: (id, instance) => run(takeScript, id, instance, String(takenMs)),
    read: async () => storedIn((await run(readScript)) as [unknown, unknown[]]),
    watch: (onChange) =>
      'defineCommand' in client
        ? watchIoRedis(client, channel, onChange)
        : watchNodeRedis(client, channel, onChange),
  }
}

function checkClient(check: Check, client: NodeRedisClient | IoRedisClient): void {
  const { eval: run, duplicate } = (client ?? {}) as Partial<NodeRedisClient>
  if (typeof run !== 'function' || typeof duplicate !== 'function') {
    throw check.error('client', 'a client of redis or ioredis', client)
  }
}

/** What the script answers: the time, then fields and values in turn. */
function storedIn([now, pairs]: readonly [unknown, readonly unknown[]]): Stored {
  const instances = new Map<string, string[]>()
  const sessions: Omit<StoredSession, 'instances'>[] = []
  const closed: string[] = []
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    const [, kind, id = '', instance = ''] =
      /^([six]):([0-9a-f]{12})(?::(.{1,256}))?$/.exec(String(pairs[i])) ?? []
    const [, endsMs, session = ''] = /^(\d{1,15}) (.*)$/s.exec(String(pairs[i + 1])) ?? []
    const leftMs = Number(endsMs) - Number(now)
    if (!(leftMs > 0)) continue
    if (kind === 'x') closed.push(id)
    else if (kind === 'i') instances.set(id, [...(instances.get(id) ?? []), instance])
    else if (kind === 's' && sessions.length < maxSessions) sessions.push({ id, session, leftMs })
  }
  const withInstances = sessions.map((each) => {
    return { ...each, instances: (instances.get(each.id) ?? []).sort() }
  })
  return { sessions: withInstances, closed }
}

async function watchNodeRedis(client: NodeRedisClient, channel: string, onChange: () => void) {
  const subscriber = client.duplicate()
  // Without a listener an error ends the process. It connects again by itself.
  subscriber.on('error', () => {})
  const close = async () => subscriber.destroy?.() ?? subscriber.disconnect?.()
  try {
    await subscriber.connect()
    await subscriber.subscribe(channel, () => onChange())
  } catch (error) {
    await close()
    throw error
  }
  return close
}

async function watchIoRedis(client: IoRedisClient, channel: string, onChange: () => void) {
  const subscriber = client.duplicate()
  // The client has an overload for each event, which no simpler type matches.
  const on = (event: string, listener: () => void) =>
    subscriber.on(event as never, listener as never)
  on('error', () => {})
  on('message', onChange)
  const close = async () => subscriber.disconnect()
  try {
    await subscriber.subscribe(channel)
  } catch (error) {
    await close()
    throw error
  }
  return close
}
