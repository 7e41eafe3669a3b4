import type { IncomingMessage } from 'node:http'
import { isLoopback, normalAddress } from '@clew/internal/network/address'
import { clientOf, schemeOf } from '@clew/internal/network/forwarded'
import { networksOption } from '@clew/internal/network/networks'
import type { Check } from '../options.ts'

/** Where a request comes from, and how. */
export interface Peer {
  /** The client's address; behind trusted proxies, the rightmost one that is not a proxy. */
  readonly address: string
  /** The request came over TLS, or never left this machine. */
  readonly secure: boolean
  /** The request was forwarded by a proxy that is not trusted; reported to the operator. */
  readonly untrustedProxy: boolean
}

/**
 * Reads the option `trustedProxies`: addresses and networks whose X-Forwarded-For and
 * X-Forwarded-Proto count, and `'unix'` for every peer on a Unix domain socket.
 */
export function peersOption(
  check: Check,
  trustedProxies: readonly string[],
): (req: IncomingMessage) => Peer {
  const trusted = networksOption(check, 'trustedProxies', trustedProxies, 'unix')
  const trustsUnix = trustedProxies.includes('unix')
  return (req) => {
    const remote = normalAddress(req.socket.remoteAddress ?? '')
    const encrypted = 'encrypted' in req.socket && req.socket.encrypted === true
    const { headers } = req
    const forwardedFor = headers['x-forwarded-for']
    const forwardedProto = headers['x-forwarded-proto']
    if (
      forwardedFor === undefined &&
      forwardedProto === undefined &&
      headers.forwarded === undefined
    ) {
      return { address: remote, secure: encrypted || isLoopback(remote), untrustedProxy: false }
    }
    // Anybody can send these headers. Without a trusted proxy they grant nothing, and they end the
    // trust in loopback: a proxy on this machine may forward requests from anywhere.
    const isTrusted = remote === '' ? trustsUnix && !req.socket.destroyed : trusted.has(remote)
    if (!isTrusted) return { address: remote, secure: encrypted, untrustedProxy: true }
    return {
      address: clientOf(forwardedFor, remote, trusted),
      secure: schemeOf(forwardedProto) === 'https',
      untrustedProxy: false,
    }
  }
}
