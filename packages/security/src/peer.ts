import type { IncomingMessage } from 'node:http'
import { BlockList, isIP } from 'node:net'
import { shown } from './check.ts'
import { mistake } from './errors.ts'

/** Where a request really comes from, and how. */
export interface Peer {
  /** The client's address; behind trusted proxies, the rightmost one that is no proxy. */
  readonly address: string
  /** The request came over TLS, or never left this machine. */
  readonly secure: boolean
  /** A proxy spoke that is not trusted: worth a word to the operator. */
  readonly untrustedProxy: boolean
}

/**
 * @param trustedProxies - addresses and CIDR ranges whose X-Forwarded-For and X-Forwarded-Proto count; `'unix'`: whoever
 *   connects to a Unix domain socket
 */
export function peers(trustedProxies: readonly string[]): (req: IncomingMessage) => Peer {
  const unix = trustedProxies.includes('unix')
  const trusted = blockList(trustedProxies.filter((one) => one !== 'unix'))
  return (req) => {
    const remote = normalAddress(req.socket.remoteAddress ?? '')
    const encrypted = 'encrypted' in req.socket && req.socket.encrypted === true
    const { headers } = req
    const forwarded =
      headers['x-forwarded-for'] !== undefined ||
      headers['x-forwarded-proto'] !== undefined ||
      headers.forwarded !== undefined
    if (!forwarded) {
      return { address: remote, secure: encrypted || isLoopback(remote), untrustedProxy: false }
    }
    // A header that nobody vouches for may be a lie. It gives nobody anything, and takes the trust in loopback away: a
    // proxy on this machine has the clients of the whole world behind it.
    const known = remote === '' ? unix && !req.socket.destroyed : has(trusted, remote)
    if (!known) return { address: remote, secure: encrypted, untrustedProxy: true }
    return {
      address: clientOf(list(headers['x-forwarded-for']), trusted) ?? remote,
      secure: list(headers['x-forwarded-proto']).at(-1)?.toLowerCase() === 'https',
      untrustedProxy: false,
    }
  }
}

/** What an address is counted under: an IPv6 client owns a /64 at least. */
export function addressKey(address: string): string {
  if (!address.includes(':')) return address
  const [head = '', tail] = address.split('%')[0]?.toLowerCase().split('::') ?? []
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const groups =
    tail === undefined
      ? left
      : [...left, ...Array(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right]
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`
}

function clientOf(chain: readonly string[], trusted: BlockList): string | undefined {
  for (const hop of chain.toReversed()) {
    const address = normalAddress(hop)
    // What is no address was not written by a proxy we know: the peer itself is all that is certain.
    if (isIP(address) === 0) return undefined
    if (!has(trusted, address)) return address
  }
  return undefined
}

function list(value: string | string[] | undefined): readonly string[] {
  return (Array.isArray(value) ? value.join(',') : (value ?? ''))
    .split(',', 64)
    .map((item) => item.trim())
    .filter((item) => item !== '')
}

// BlockList would take longer than everything else.
const isLoopback = (address: string) => address === '::1' || address.startsWith('127.')

function normalAddress(address: string): string {
  if (!address.startsWith('::ffff:')) return address
  const bare = address.slice(7)
  return isIP(bare) === 4 ? bare : address
}

function has(addresses: BlockList, address: string): boolean {
  const family = isIP(address)
  return family !== 0 && addresses.check(address, family === 6 ? 'ipv6' : 'ipv4')
}

function blockList(entries: readonly string[]): BlockList {
  const made = new BlockList()
  for (const entry of entries) {
    const [address = '', bits, more] = typeof entry === 'string' ? entry.split('/') : []
    const family = isIP(address)
    const widest = family === 6 ? 128 : 32
    const prefix = bits === undefined ? widest : /^\d{1,3}$/.test(bits) ? Number(bits) : -1
    if (family === 0 || more !== undefined || prefix > widest || prefix < 1) {
      throw mistake(
        'ERR_SECURITY_OPTION',
        `trustedProxies takes addresses, CIDR ranges (never everybody) and 'unix', got ${shown(entry)}`,
      )
    }
    made.addSubnet(address, prefix, family === 6 ? 'ipv6' : 'ipv4')
  }
  return made
}
