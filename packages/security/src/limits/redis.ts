import type { Check } from '../options.ts'

/** A connected client of `redis` (4 and later). */
export interface NodeRedisClient {
  eval(
    script: string,
    options: { readonly keys: string[]; readonly arguments: string[] },
  ): Promise<unknown>
}

/** A client of `ioredis`. */
export interface IoRedisClient {
  defineCommand(...args: never[]): unknown
  eval(script: string, numberOfKeys: number, ...keysAndArguments: string[]): Promise<unknown>
}

/** Runs a script, which is one atomic step. The keys get the prefix. */
export type RedisScripts = (
  script: string,
  keys: readonly string[],
  args: readonly string[],
) => Promise<unknown>

/** Reads a client and the option `prefix`. */
export function redisOption(
  check: Check,
  client: NodeRedisClient | IoRedisClient,
  prefix: string,
): RedisScripts {
  if (typeof (client as NodeRedisClient | undefined)?.eval !== 'function') {
    throw check.error('client', 'a client of redis or ioredis', client)
  }
  if (typeof prefix !== 'string' || !/^[\x21-\x7e]{1,64}$/.test(prefix)) {
    throw check.error('prefix', '1 to 64 printable ASCII characters', prefix)
  }
  return (script, keys, args) => {
    const names = keys.map((key) => prefix + key)
    return 'defineCommand' in client
      ? client.eval(script, names.length, ...names, ...args)
      : client.eval(script, { keys: names, arguments: [...args] })
  }
}
