import { isIP } from 'node:net'
import { normalAddress } from './address.ts'
import type { Networks } from './networks.ts'
import { withoutWhiteSpace } from './white-space.ts'

export type Header = string | readonly string[] | undefined

/**
 * The client behind trusted proxies: the rightmost address of `X-Forwarded-For` that is not a
 * trusted proxy. Each proxy appends the address of its peer, so the list is read from the right;
 * entries further left may be forged.
 * @param peer - the socket's address, which must belong to a trusted proxy; returned if the list is
 *   empty or a hop is malformed, which cannot come from a trusted proxy
 */
export function clientOf(forwardedFor: Header, peer: string, trusted: Networks): string {
  return walk(fromTheRight(forwardedFor), peer, trusted)
}

/** The scheme of the request to the nearest proxy: the last entry of `X-Forwarded-Proto`. */
export function schemeOf(forwardedProto: Header): 'http' | 'https' | undefined {
  const [last] = fromTheRight(forwardedProto)
  return schemeNamed(last)
}

/** What `Forwarded` (RFC 7239) says. */
export interface ForwardedHops {
  /** As `clientOf` for `X-Forwarded-For`; undefined if no hop is named. */
  readonly client: string | undefined
  /** As `schemeOf` for `X-Forwarded-Proto`. */
  readonly scheme: 'http' | 'https' | undefined
}

/**
 * Reads `Forwarded`. A hop that is hidden (`for=unknown`, `for=_x`), missing or malformed ends the
 * walk at the peer, and so does a header that cannot be read.
 */
export function forwardedHops(header: Header, peer: string, trusted: Networks): ForwardedHops {
  const elements = elementsOf(typeof header === 'string' ? header : (header ?? []).join(','))
  if (elements === undefined) return { client: peer, scheme: undefined }
  elements.reverse()
  const hops = elements.map((element) => nodeAddress(element.get('for')))
  const isNamed = elements.some((element) => element.has('for'))
  return {
    client: isNamed ? walk(hops, peer, trusted) : undefined,
    scheme: schemeNamed(elements[0]?.get('proto')),
  }
}

/**
 * Client and scheme behind trusted proxies, from both kinds of headers. A proxy writes one kind, and
 * may pass on what the client sends in the other kind. So where they differ, neither is believed.
 * @param peer - the socket's address, which must belong to a trusted proxy
 */
export function behindProxies(
  headers: Readonly<Record<string, Header>>,
  peer: string,
  trusted: Networks,
): { readonly client: string; readonly scheme: 'http' | 'https' | undefined } {
  const forwardedFor = headers['x-forwarded-for']
  const forwardedProto = headers['x-forwarded-proto']
  let client = clientOf(forwardedFor, peer, trusted)
  let scheme = schemeOf(forwardedProto)
  const forwarded = headers['forwarded']
  if (forwarded !== undefined) {
    const hops = forwardedHops(forwarded, peer, trusted)
    if (forwardedFor === undefined) client = hops.client ?? peer
    else if (hops.client !== undefined && hops.client !== client) client = peer
    if (forwardedProto === undefined) scheme = hops.scheme
    else if (hops.scheme === 'http') scheme = 'http'
  }
  return { client, scheme }
}

/** @param hops - last to first */
function walk(hops: Iterable<string>, peer: string, trusted: Networks): string {
  let client = peer
  for (const hop of hops) {
    // Azure's Application Gateway adds the port.
    const address = normalAddress(isIP(hop) === 0 ? nodeAddress(hop) : hop)
    if (isIP(address) === 0) return peer
    client = address
    if (!trusted.has(address)) break
  }
  return client
}

function schemeNamed(name: string | undefined): 'http' | 'https' | undefined {
  const scheme = name?.toLowerCase()
  return scheme === 'http' || scheme === 'https' ? scheme : undefined
}

/**
 * The address of a node, '' if there is none: an address, IPv6 in brackets, with or without a port
 * (RFC 7239, section 6).
 */
function nodeAddress(node: string | undefined): string {
  const [, v6, v4] = /^(?:\[([^\]]*)\]|([^:]*))(?::\w+)?$/.exec(node ?? '') ?? []
  if (v6 !== undefined) return isIP(v6) === 6 ? v6 : ''
  return isIP(v4 ?? '') === 4 ? (v4 as string) : ''
}

const pair =
  /[ \t]*([!#$%&'*+.^_`|~\w-]+)=(?:([!#$%&'*+.^_`|~\w:[\]-]+)|"((?:[^"\\]|\\.)*)")[ \t]*/y

/**
 * The elements of RFC 7239, section 4, first to last. Undefined if it is none of its lists, or a
 * parameter occurs twice in one element. Addresses without quotes are accepted.
 */
function elementsOf(header: string): Map<string, string>[] | undefined {
  const elements: Map<string, string>[] = []
  let element = new Map<string, string>()
  let at = 0
  while (at < header.length) {
    if (/[\s;,]/.test(header[at] as string)) {
      if (header[at] === ',' && element.size > 0) {
        elements.push(element)
        element = new Map()
      }
      at++
      continue
    }
    pair.lastIndex = at
    const [all, name, token, quoted] = pair.exec(header) ?? []
    if (all === undefined || name === undefined) return undefined
    at += all.length
    if (at < header.length && header[at] !== ';' && header[at] !== ',') return undefined
    const key = name.toLowerCase()
    if (element.has(key)) return undefined
    element.set(key, token ?? (quoted ?? '').replace(/\\(.)/g, '$1'))
  }
  if (element.size > 0) elements.push(element)
  return elements
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
    const entry = withoutWhiteSpace(text.slice(comma + 1, end))
    if (entry !== '') yield entry
    end = comma
  }
}
