import type { IncomingMessage } from 'node:http'
import { normalAddress } from '@clew/internal/network/address'
import { behindProxies } from '@clew/internal/network/forwarded'
import type { Networks } from '@clew/internal/network/networks'

/** Who sent a request, and over which scheme. */
export interface Origin {
  readonly client: string | undefined
  readonly scheme: 'http' | 'https'
  /** Whether a trusted proxy has received the request: `Host` is then of the proxy's listener. */
  readonly isForwarded: boolean
}

/**
 * The client's address and scheme. `X-Forwarded-*` and `Forwarded` count only if a trusted proxy sent the request.
 */
export function originOf(req: IncomingMessage, trustedProxies: Networks): Origin {
  const { socket, headers } = req
  const scheme = (socket as { encrypted?: boolean } | undefined)?.encrypted ? 'https' : 'http'
  const address = socket?.remoteAddress
  const peer = address === undefined ? undefined : normalAddress(address)
  if (peer === undefined || trustedProxies.isEmpty || !trustedProxies.has(peer)) {
    return { client: peer, scheme, isForwarded: false }
  }
  const forwarded = behindProxies(headers, peer, trustedProxies)
  return { client: forwarded.client, scheme: forwarded.scheme ?? scheme, isForwarded: true }
}
