import { isIP } from 'node:net'
import { normalAddress } from './address.ts'
import type { Networks } from './networks.ts'

type Header = string | readonly string[] | undefined

/**
 * The client behind trusted proxies: the rightmost address of `X-Forwarded-For` that is not a
 * trusted proxy. Each proxy appends the address of its peer, so the list is read from the right;
 * entries further left may be forged.
 * @param peer - the socket's address, which must belong to a trusted proxy; returned if the list is
 *   empty or a hop is malformed, which cannot come from a trusted proxy
 */
export function clientOf(forwardedFor: Header, peer: string, trusted: Networks): string {
  let client = peer
  for (const hop of fromTheRight(forwardedFor)) {
    const address = normalAddress(hop)
    if (isIP(address) === 0) return peer
    client = address
    if (!trusted.has(address)) break
  }
  return client
}

/** The scheme of the request to the nearest proxy: the last entry of `X-Forwarded-Proto`. */
export function schemeOf(forwardedProto: Header): 'http' | 'https' | undefined {
  const [last] = fromTheRight(forwardedProto)
  const scheme = last?.toLowerCase()
  return scheme === 'http' || scheme === 'https' ? scheme : undefined
}

/**
 * The entries of a list header, last to first. Lazy: a list may be long, and few entries are
 * needed.
 */
function* fromTheRight(header: Header): Generator<string> {
  const text = typeof header === 'string' ? header : (header ?? []).join(',')
  let end = text.length
  while (end >= 0) {
    const comma = end === 0 ? -1 : text.lastIndexOf(',', end - 1)
    const entry = text.slice(comma + 1, end).trim()
    if (entry !== '') yield entry
    end = comma
  }
}
