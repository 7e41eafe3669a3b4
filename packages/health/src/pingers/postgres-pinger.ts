import { optionCheck } from '../errors.ts'
import { checkedPinger, type Pinger, type PingerOptions, pingerOptionNames } from './pinger.ts'

/** The part of a `Pool` or `Client` of pg that is used. */
export interface PostgresLike {
  query(text: string): unknown
  /** Of a pool: lends a connection. */
  connect?(): unknown
  /** Only a pool has it. */
  readonly totalCount?: number | undefined
}

/** A connection that a pool has lent. */
interface Lent {
  query(text: string): unknown
  /** With `true` the pool closes the connection. */
  release(destroy?: boolean): void
  on?(event: 'error', listener: () => void): unknown
  off?(event: 'error', listener: () => void): unknown
}

const caller = 'health.postgresPinger'
const query = 'SELECT 1'

/**
 * Creates a pinger that sends `SELECT 1` over a `Pool` or `Client` of pg, or over anything with the
 * same methods.
 *
 * A ping takes one connection of a pool, and gives it back however it ends. When its time is up, the
 * connection that does not answer is closed: a server that hangs costs the pool no connection.
 *
 * @throws TypeError `ERR_HEALTH_NAME`, `ERR_HEALTH_OPTION`
 */
export function createPostgresPinger(
  name: string,
  client: PostgresLike,
  options?: PingerOptions,
): Pinger {
  const check = optionCheck(caller)
  const given = check.options('options', options, pingerOptionNames)
  // Not checked as an object: some clients are functions with methods.
  if (typeof (client as PostgresLike | undefined)?.query !== 'function') {
    throw check.error('client', 'a pool or client with the method query()', client)
  }
  const ping = isPool(client)
    ? (signal: AbortSignal) => pingPool(client, signal)
    : async () => void (await client.query(query))
  return Object.freeze(checkedPinger(caller, { ...given, name, ping }))
}

// A client of pg has `connect` too, which connects it.
const isPool = (client: PostgresLike): client is PostgresLike & { connect(): unknown } =>
  typeof client.connect === 'function' && typeof client.totalCount === 'number'

async function pingPool(pool: { connect(): unknown }, signal: AbortSignal): Promise<void> {
  const connection = (await pool.connect()) as Lent
  // The wait for a connection may have been longer than the ping.
  if (signal.aborted) return connection.release(false)
  // Without a listener, the loss of a lent connection would end the process. The query says it.
  connection.on?.('error', ignore)
  let works = false
  try {
    await Promise.race([connection.query(query), aborted(signal)])
    works = true
  } finally {
    connection.off?.('error', ignore)
    connection.release(!works)
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

function ignore(): void {}
