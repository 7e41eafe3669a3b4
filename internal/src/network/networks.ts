import { BlockList, isIP } from 'node:net'
import type { OptionCheck } from '../options/check.ts'
import { normalAddress } from './address.ts'

/** A set of addresses and networks. */
export interface Networks {
  readonly isEmpty: boolean
  /** Whether an address, in its normal form, belongs to it. */
  has(address: string): boolean
}

const expected = 'an IP address or a network such as 10.0.0.0/8, but not /0, which is everybody'

/**
 * Reads an option that is a list of addresses and networks in CIDR notation.
 * @param keyword - an entry that is not an address, such as `unix`, which the caller handles itself
 * @throws TypeError of `check`, naming the entry
 */
export function networksOption(
  check: OptionCheck<string>,
  option: string,
  entries: readonly string[],
  keyword?: string,
): Networks {
  check.strings(option, entries)
  const list = new BlockList()
  for (const [index, entry] of entries.entries()) {
    if (entry === keyword) continue
    const [text = '', bits, ...more] = entry.split('/')
    const address = normalAddress(text)
    const family = isIP(address)
    const widest = family === 6 ? 128 : 32
    // An IPv4-mapped network is counted from the beginning of the IPv6 address.
    const offset = address === text ? 0 : 96
    const prefix = bits === undefined ? widest : /^\d{1,3}$/.test(bits) ? Number(bits) - offset : -1
    if (family === 0 || more.length > 0 || prefix < 1 || prefix > widest) {
      const either = keyword === undefined ? '' : `'${keyword}', or `
      throw check.error(`${option}[${index}]`, either + expected, entry)
    }
    list.addSubnet(address, prefix, family === 6 ? 'ipv6' : 'ipv4')
  }
  return {
    isEmpty: entries.every((entry) => entry === keyword),
    has(address) {
      const family = isIP(address)
      return family !== 0 && list.check(address, family === 6 ? 'ipv6' : 'ipv4')
    },
  }
}
