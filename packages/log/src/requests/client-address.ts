import type { IncomingMessage } from 'node:http'
import { normalAddress } from '@clew/internal/network/address'
import { behindProxies } from '@clew/internal/network/forwarded'
import { networksOption } from '@clew/internal/network/networks'
import type { Check } from '../errors.ts'

/** Checks the option `trustedProxies`, and returns a function that says who the client is. */
export function clientAddress(
  check: Check,
  trustedProxies: readonly string[],
): (req: IncomingMessage) => string | undefined {
  const trusted = networksOption(check, 'trustedProxies', trustedProxies)
  return (req) => {
    const peer = req.socket?.remoteAddress
    if (peer === undefined) return undefined
    const address = normalAddress(peer)
    return trusted.has(address) ? behindProxies(req.headers, address, trusted).client : address
  }
}
