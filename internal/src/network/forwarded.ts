import { isIP } from 'node:net'
import { normalAddress } from './address.ts'
import type { Networks } from './networks.ts'

type Header = string | readonly string[] | undefined

/**
 * The client behind trusted proxies: the rightmost address of `X-Forwarded-For` that belongs to none of them. Each proxy adds the
 * address of its own peer at the end, so that the list is read from there; what stands in front may be made up.
 * @param peer - the address of the socket, which must belong to a trusted proxy; it is also the answer where the list is empty, or
 *   where a hop is malformed: that cannot come from a proxy that is trusted
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

/** The scheme that the nearest proxy was asked by: the last entry of `X-Forwarded-Proto`. */
export function schemeOf(forwardedProto: Header): 'http' | 'https' | undefined {
  const [last] = fromTheRight(forwardedProto)
  const scheme = last?.toLowerCase()
  return scheme === 'http' || scheme === 'https' ? scheme : undefined
}

/** The entries of a list header, the last one first. Lazily: a list may be long, and few of its entries count. */
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
