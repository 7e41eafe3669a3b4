import type { IncomingMessage } from 'node:http'
import { normalAddress } from '@clew/internal/network/address'
import { clientOf, schemeOf } from '@clew/internal/network/forwarded'
import type { Networks } from '@clew/internal/network/networks'

/** Who sent a request, and over which scheme. */
export interface Origin {
  readonly client: string | undefined
  readonly scheme: 'http' | 'https'
  /** Whether a trusted proxy has received the request: `Host` is then of the proxy's listener. */
  readonly isForwarded: boolean
}

/**
 * The client's address and scheme. `X-Forwarded-*` counts only if a trusted proxy sent the request.
 */
export function originOf(req: IncomingMessage, trustedProxies: Networks): Origin {
  const { socket, headers } = req
  const scheme = (socket as { encrypted?: boolean } | undefined)?.encrypted ? 'https' : 'http'
  const address = socket?.remoteAddress
  const peer = address === undefined ? undefined : normalAddress(address)
  if (peer === undefined || trustedProxies.isEmpty || !trustedProxies.has(peer)) {
    return { client: peer, scheme, isForwarded: false }
  }
  return {
    client: clientOf(headers['x-forwarded-for'], peer, trustedProxies),
    scheme: schemeOf(headers['x-forwarded-proto']) ?? scheme,
    isForwarded: true,
  }
}
