import { type Address, endpointOf } from './address.ts'
import { optionsObject, shown } from './options.ts'
import { judgement, type Pinger, type PingerOptions, validPinger } from './pinger.ts'

/**
 * A dependency asked by opening a TCP connection and closing it again.
 *
 * It shows that something listens, not that it works: prefer a query or an HTTP ping where there is one. MySQL and
 * MariaDB count connections without a login as errors, and block a host that makes many.
 *
 * @param address - `'host:port'`, `{ host, port }`, or a URL of any scheme with a port (`redis://cache:6379`)
 * @throws TypeError `ERR_HEALTH_NAME`, `ERR_HEALTH_ADDRESS`, `ERR_HEALTH_OPTION`
 */
export function tcpPinger(name: string, address: Address, options?: PingerOptions): Pinger {
  const where = `tcpPinger(${shown(name)})`
  const judged = optionsObject(where, options, judgement)
  const endpoint = endpointOf(where, address)

  async function ping(signal: AbortSignal): Promise<void> {
    const { connect } = await import('node:net')
    const socket = connect({ ...endpoint, signal })
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve).on('error', reject)
    }).finally(() => socket.destroy())
  }

  return Object.freeze(validPinger({ ...judged, name, ping }, 'tcpPinger'))
}
