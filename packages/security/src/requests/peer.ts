import { isLoopback, normalAddress } from '@clew/internal/network/address'
import { behindProxies } from '@clew/internal/network/forwarded'
import { type Networks, networksOption } from '@clew/internal/network/networks'
import { hasProxySign } from '@clew/internal/network/proxy-signs'
import type { Check } from '../options.ts'
import type { RequestLike } from '../policy/request.ts'

/** Where a request comes from, and how. */
export interface Peer {
  /** The client's address; behind trusted proxies, the rightmost one that is not a proxy. */
  readonly address: string
  /** The request came over TLS, or never left this machine. */
  readonly secure: boolean
  /** The request came over TLS: what a browser believes a rule about TLS from. */
  readonly encrypted: boolean
  /** The request was forwarded by a proxy that is not trusted; reported to the operator. */
  readonly untrustedProxy: boolean
}

/**
 * Reads the option `trustedProxies`: addresses and networks whose forwarded headers count, and
 * `'unix'` for every peer on a Unix domain socket.
 */
export function peersOption(
  check: Check,
  trustedProxies: readonly string[],
): (req: RequestLike) => Peer {
  const trusted = networksOption(check, 'trustedProxies', trustedProxies, 'unix')
  const trustsUnix = trustedProxies.includes('unix')
  return (req) => {
    const { socket, headers } = req
    const remote = normalAddress(socket.remoteAddress ?? '')
    const encrypted = socket.encrypted === true
    if (
      headers['x-forwarded-for'] === undefined &&
      headers['x-forwarded-proto'] === undefined &&
      headers['forwarded'] === undefined
    ) {
      // A trusted proxy that says nothing vouches for nothing.
      const isLocal = !encrypted && isLoopback(remote)
      const untrustedProxy = isLocal && hasProxySign(req)
      const secure = encrypted || (isLocal && !untrustedProxy)
      return { address: remote, secure, encrypted, untrustedProxy }
    }
    // Anybody can send these headers. Without a trusted proxy they grant nothing, and they end the
    // trust in loopback: a proxy on this machine may forward requests from anywhere.
    const isTrusted = remote === '' ? trustsUnix && !socket.destroyed : trusted.has(remote)
    return isTrusted
      ? behindProxy(req, remote, trusted)
      : { address: remote, secure: encrypted, encrypted, untrustedProxy: true }
  }
}

function behindProxy({ headers }: RequestLike, remote: string, trusted: Networks): Peer {
  const { client, scheme } = behindProxies(headers, remote, trusted)
  const secure = scheme === 'https'
  return { address: client, secure, encrypted: secure, untrustedProxy: false }
}
