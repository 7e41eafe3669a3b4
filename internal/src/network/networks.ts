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
  const isEmpty = entries.every((entry) => entry === keyword)
  return { isEmpty, has: isEmpty ? () => false : remembering((address) => contains(list, address)) }
}

function contains(list: BlockList, address: string): boolean {
  const family = isIP(address)
  return family !== 0 && list.check(address, family === 6 ? 'ipv6' : 'ipv4')
}

const mostAnswers = 256
// An IPv6 address that ends in an IPv4 one.
const longestAddress = 45

/** A `BlockList` makes an object of its own of each address; the proxies of a service are few. */
function remembering(ask: (address: string) => boolean): (address: string) => boolean {
  const answers = new Map<string, boolean>()
  return (address) => {
    // A zone makes an IPv6 address as long as a header may be.
    if (address.length > longestAddress) return ask(address)
    const known = answers.get(address)
    if (known !== undefined) return known
    const answer = ask(address)
    if (answers.size >= mostAnswers) answers.clear()
    answers.set(address, answer)
    return answer
  }
}
