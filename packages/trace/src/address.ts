import type { IncomingMessage } from 'node:http'
import { BlockList, isIP } from 'node:net'
import { badOption } from './errors.ts'

/** Who sent a request, and how it came in. */
export interface Origin {
  readonly client: string | undefined
  readonly scheme: 'http' | 'https'
}

/** Reads the client's address and scheme, believing `X-Forwarded-*` only as far as the proxies that are named. */
export function originReader(trusted: readonly string[]): (req: IncomingMessage) => Origin {
  const proxies = new BlockList()
  for (const entry of trusted) add(proxies, entry)
  const isProxy = (address: string) => {
    const family = isIP(address)
    return family !== 0 && proxies.check(address, family === 6 ? 'ipv6' : 'ipv4')
  }
  return (req) => {
    const peer = plain(req.socket?.remoteAddress)
    const direct = (req.socket as { encrypted?: boolean } | undefined)?.encrypted ? 'https' : 'http'
    if (trusted.length === 0 || peer === undefined || !isProxy(peer))
      return { client: peer, scheme: direct }
    const forwarded = String(req.headers['x-forwarded-for'] ?? '')
      .split(',')
      .slice(-20)
    let client = peer
    // From the nearest hop outwards: the first address that no trusted proxy vouches for is as far as one can know.
    for (const hop of forwarded.reverse()) {
      const address = plain(hop.trim())
      if (address === undefined || isIP(address) === 0) break
      client = address
      if (!isProxy(address)) break
    }
    const scheme = String(req.headers['x-forwarded-proto'] ?? '')
      .split(',')
      .pop()
      ?.trim()
    return { client, scheme: scheme === 'http' || scheme === 'https' ? scheme : direct }
  }
}

function plain(address: string | undefined): string | undefined {
  return address?.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
}

function add(list: BlockList, entry: string): void {
  const [address = '', bits] = String(entry).split('/')
  const family = isIP(address)
  const width = bits === undefined ? undefined : Number(bits)
  const fits =
    width === undefined ||
    (Number.isInteger(width) && width >= 0 && width <= (family === 6 ? 128 : 32))
  if (family === 0 || !fits || bits === '') {
    throw badOption('trustedProxies', 'a list of addresses and networks such as 10.0.0.0/8', entry)
  }
  const type = family === 6 ? 'ipv6' : 'ipv4'
  if (width === undefined) list.addAddress(address, type)
  else list.addSubnet(address, width, type)
}
