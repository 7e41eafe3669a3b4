import { BlockList, isIP } from 'node:net'
import type { OptionCheck } from '../options/check.ts'
import { normalAddress } from './address.ts'

/** A set of addresses and networks. */
export interface Networks {
  readonly isEmpty: boolean
  /** Whether a normalized address is in the set. */
  has(address: string): boolean
}

const expected = 'an IP address or a network such as 10.0.0.0/8, but not /0, which is everybody'

/**
 * Reads an option that is a list of addresses and networks in CIDR notation.
 * @param keyword - an entry that is not an address, such as `unix`; the caller handles it
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
    const [base = '', bits, ...rest] = entry.split('/')
    const address = normalAddress(base)
    const family = isIP(address)
    const maxPrefix = family === 6 ? 128 : 32
    // The prefix length of an IPv4-mapped network counts from the start of the IPv6 address.
    const offset = address === base ? 0 : 96
    const prefix =
      bits === undefined ? maxPrefix : /^\d{1,3}$/.test(bits) ? Number(bits) - offset : -1
    if (family === 0 || rest.length > 0 || prefix < 1 || prefix > maxPrefix) {
      const alternative = keyword === undefined ? '' : `'${keyword}', or `
      throw check.error(`${option}[${index}]`, alternative + expected, entry)
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
