import { optionCheck } from '../errors.ts'
import { checkedPinger, type Pinger, type PingerOptions, pingerOptionNames } from './pinger.ts'

/** The part of a client of redis or ioredis that is used. */
export interface RedisLike {
  ping(): unknown
  /** Of redis: lets go of commands that have not been sent. */
  withAbortSignal?(signal: AbortSignal): { ping(): unknown }
}

const caller = 'health.redisPinger'

/**
 * Creates a pinger that sends `PING` over a client of redis or ioredis, or over anything with the
 * method `ping()`. Connecting the client is left to you.
 *
 * @throws TypeError `ERR_HEALTH_NAME`, `ERR_HEALTH_OPTION`
 */
export function createRedisPinger(
  name: string,
  client: RedisLike,
  options?: PingerOptions,
): Pinger {
  const check = optionCheck(caller)
  const given = check.options('options', options, pingerOptionNames)
  if (typeof (client as RedisLike | undefined)?.ping !== 'function') {
    throw check.error('client', 'a client with the method ping()', client)
  }
  const ping = async (signal: AbortSignal) => {
    // In the queue of a client that is not connected, a command waits for longer than a ping may.
    await (client.withAbortSignal?.(signal) ?? client).ping()
  }
  return Object.freeze(checkedPinger(caller, { ...given, name, ping }))
}
