import { optionCheck } from '../errors.ts'
import { type Address, endpointOf } from './address.ts'
import { checkedPinger, type Pinger, type PingerOptions, pingerOptionNames } from './pinger.ts'

const caller = 'health.tcpPinger'

/**
 * Creates a pinger that opens a TCP connection and closes it again.
 *
 * It shows that something listens, not that it works: prefer a query or an HTTP ping where
 * possible. MySQL and MariaDB count connections without a login as errors, and block a host that
 * makes many.
 *
 * @param address - `'host:port'`, `{ host, port }`, or a URL of any scheme with a port
 * (`redis://cache:6379`)
 * @throws TypeError `ERR_HEALTH_NAME`, `ERR_HEALTH_ADDRESS`, `ERR_HEALTH_OPTION`
 */
export function createTcpPinger(name: string, address: Address, options?: PingerOptions): Pinger {
  const given = optionCheck(caller).options('options', options, pingerOptionNames)
  const endpoint = endpointOf(caller, address)

  async function ping(signal: AbortSignal): Promise<void> {
    const { connect } = await import('node:net')
    const socket = connect({ ...endpoint, signal })
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve).on('error', reject)
    }).finally(() => socket.destroy())
  }

  return Object.freeze(checkedPinger(caller, { ...given, name, ping }))
}
