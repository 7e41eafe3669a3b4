import { normalAddress } from '@clew/internal/network/address'

/** Behind these prefixes are clients of IPv4, each with an address of its own in the last 32 bits. */
const translated: ReadonlySet<string> = new Set([
  // NAT64 (RFC 6052, RFC 8215), and translators of an older kind (RFC 2765).
  '64:ff9b:0:0:0:0',
  '64:ff9b:1:0:0:0',
  '0:0:0:0:ffff:0',
])

/** The key under which an address is counted: an IPv6 client owns at least a whole /64. */
export function addressKey(spelling: string): string {
  const address = normalAddress(spelling)
  if (!address.includes(':')) return address
  const groups = groupsOf(address)
  return translated.has(groups.slice(0, 6).join(':'))
    ? groups.join(':')
    : `${groups.slice(0, 4).join(':')}::/64`
}

/** The groups of an IPv6 address, without leading zeros. */
function groupsOf(address: string): readonly string[] {
  const [head = '', tail] = address.split('%')[0]?.toLowerCase().split('::') ?? []
  const left = split(head)
  const right = split(tail ?? '')
  const missing = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length)
  return [...left, ...Array<string>(missing).fill('0'), ...right].map((group) =>
    group.replace(/^0+(?=.)/, ''),
  )
}

function split(part: string): readonly string[] {
  if (part === '') return []
  return part.split(':').flatMap((group) => {
    if (!group.includes('.')) return [group]
    const [a, b, c, d] = group.split('.').map(Number) as [number, number, number, number]
    return [a * 256 + b, c * 256 + d].map((each) => each.toString(16))
  })
}
