import { isIP } from 'node:net'

/**
 * The canonical form in which addresses are compared: an IPv4-mapped IPv6 address, in any notation,
 * becomes its IPv4 address.
 */
export function normalAddress(address: string): string {
  // Fast paths: IPv4, and `::ffff:192.0.2.1`, which is how Node writes a mapped address.
  if (!address.includes(':')) return address
  const tail = address.startsWith('::ffff:') ? address.slice(7) : ''
  if (isIP(tail) === 4) return tail
  if (!/ffff/i.test(address) || isIP(address) !== 6) return address
  // The URL parser canonicalizes IPv6 addresses.
  const { hostname } = new URL(`http://[${address.split('%')[0]}]`)
  const [, high, low] = /^\[::ffff:([\da-f]+):([\da-f]+)\]$/.exec(hostname) ?? []
  if (high === undefined || low === undefined) return address
  return [high, low].flatMap((group) => bytesOf(Number.parseInt(group, 16))).join('.')
}

const bytesOf = (group: number): number[] => [group >> 8, group & 255]

/**
 * Whether a normalized address is loopback. A `BlockList` would cost more than the rest of the
 * request's handling.
 */
export function isLoopback(address: string): boolean {
  if (address === '::1' || address === '127.0.0.1') return true
  // A name may begin so, too.
  if (address.startsWith('127.')) return isIP(address) === 4
  // Other spellings of ::1, which Node does not write.
  return /^[0:]+:0{0,3}1$/.test(address) && isIP(address) === 6
}
