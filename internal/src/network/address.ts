import { isIP } from 'node:net'

/** An address in the one form in which addresses are compared: an IPv4-mapped IPv6 address, however it is spelt, is its IPv4 address. */
export function normalAddress(address: string): string {
  // Most are IPv4, or come from Node, which writes `::ffff:192.0.2.1`.
  if (!address.includes(':')) return address
  const tail = address.startsWith('::ffff:') ? address.slice(7) : ''
  if (isIP(tail) === 4) return tail
  if (!/ffff/i.test(address) || isIP(address) !== 6) return address
  // A URL spells an IPv6 address in one way only.
  const { hostname } = new URL(`http://[${address.split('%')[0]}]`)
  const [, high, low] = /^\[::ffff:([\da-f]+):([\da-f]+)\]$/.exec(hostname) ?? []
  if (high === undefined || low === undefined) return address
  return [high, low].flatMap((group) => bytesOf(Number.parseInt(group, 16))).join('.')
}

const bytesOf = (group: number): number[] => [group >> 8, group & 255]

/** Whether an address, in its normal form, is this machine's own. `BlockList` would take longer than all else of a request. */
export function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.')
}
