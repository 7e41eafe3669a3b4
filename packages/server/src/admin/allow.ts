import { normalAddress } from '@clew/internal/network/address'
import { networksOption } from '@clew/internal/network/networks'
import type { Middleware } from '@clew/internal/requests/middleware'
import { createCheck } from '../errors.ts'
import { reply } from '../pipeline/answers.ts'

/**
 * Creates a guard for the admin listener that lets in peers of these addresses and networks, such as
 * the pods that scrape metrics: `['10.0.0.0/8']`. Headers such as `X-Forwarded-For` do not count:
 * what comes through a proxy has the proxy's address.
 *
 * @throws TypeError `ERR_SERVER_OPTION`
 */
export function allow(networks: readonly string[]): Middleware {
  const check = createCheck('server.allow')
  const allowed = networksOption(check, 'networks', networks)
  if (allowed.isEmpty) throw check.error('networks', 'at least one address or network', networks)
  return (req, res, next) => {
    const { remoteAddress } = req.socket
    if (remoteAddress !== undefined && allowed.has(normalAddress(remoteAddress))) next()
    else reply(res, 403, 'Forbidden\n')
  }
}
