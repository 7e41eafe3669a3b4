import { expect, test } from '@jest/globals'
import { networksOption } from '../../src/network/networks.ts'
import { OptionCheck } from '../../src/options/check.ts'

const check = new OptionCheck('ERR_SECURITY_OPTION', 'security.create')
const networks = (...entries: string[]) => networksOption(check, 'trustedProxies', entries)

test.each<[string, string[], string[]]>([
  ['192.0.2.1', ['192.0.2.1'], ['192.0.2.0', '192.0.2.2', '::1', '']],
  ['192.0.2.1/32', ['192.0.2.1'], ['192.0.2.0', '192.0.2.2']],
  ['192.0.2.0/31', ['192.0.2.0', '192.0.2.1'], ['192.0.2.2', '192.0.1.255']],
  ['10.0.0.0/8', ['10.0.0.0', '10.255.255.255'], ['9.255.255.255', '11.0.0.0']],
  // The bits after the prefix are ignored.
  ['10.1.2.3/8', ['10.0.0.0', '10.255.255.255'], ['11.0.0.0']],
  ['128.0.0.0/1', ['128.0.0.0', '255.255.255.255'], ['127.255.255.255', '::1']],
  ['0.0.0.0/1', ['0.0.0.0', '127.255.255.255'], ['128.0.0.0']],
  ['2001:db8::/32', ['2001:db8::', '2001:db8:ffff::1'], ['2001:db9::', '10.0.0.1']],
  ['2001:DB8::1/128', ['2001:db8::1', '2001:db8:0:0:0:0:0:1'], ['2001:db8::2']],
  ['8000::/1', ['8000::', 'ffff::'], ['7fff::', '128.0.0.1']],
  ['::1', ['::1'], ['::2', '127.0.0.1']],
  ['::ffff:192.0.2.1', ['192.0.2.1'], ['192.0.2.2']],
  ['::ffff:10.0.0.0/104', ['10.0.0.0', '10.255.255.255'], ['11.0.0.0']],
  ['::FFFF:A00:0/104', ['10.0.0.0', '10.255.255.255'], ['11.0.0.0']],
  ['::ffff:192.0.2.1/128', ['192.0.2.1'], ['192.0.2.0']],
  ['::ffff:128.0.0.0/97', ['128.0.0.0', '255.255.255.255'], ['127.0.0.1']],
])('%s contains its members only', (entry, members, others) => {
  const { has, isEmpty } = networks(entry)
  expect(isEmpty).toBe(false)
  expect(members.filter((address) => !has(address))).toEqual([])
  expect(others.filter((address) => has(address))).toEqual([])
})

test('several entries, and no entries', () => {
  const { has } = networks('10.0.0.0/8', '::1', '192.0.2.1')
  expect(['10.1.1.1', '::1', '192.0.2.1', '192.0.2.2'].map(has)).toEqual([true, true, true, false])
  const none = networks()
  expect([none.isEmpty, none.has('10.0.0.1'), none.has('::1')]).toEqual([true, false, false])
})

test('a string that is not an address is in no network', () => {
  const { has } = networks('10.0.0.0/8', '::1')
  for (const text of ['', '10', '10.0.0.1:80', '[::1]', '10.0.0.1 ', 'localhost', 'unknown']) {
    expect(has(text)).toBe(false)
  }
})

test.each([
  '192.0.2.0/33',
  '192.0.2.0/0',
  '0.0.0.0/0',
  '::/0',
  '::/129',
  '::ffff:10.0.0.0/96',
  '::ffff:10.0.0.0/8',
  '::ffff:10.0.0.0/129',
  '10.0.0.0/',
  '10.0.0.0/8/8',
  '10.0.0.0/-8',
  '10.0.0.0/+8',
  '10.0.0.0/8.0',
  '10.0.0.0/ 8',
  '10.0.0.0/1e1',
  '10.0.0.0/0008',
  '10.0.0.0/255.0.0.0',
  '10.0.0',
  '256.0.0.1',
  '010.0.0.1',
  'localhost',
  '[::1]',
  ' 10.0.0.1',
  '',
  '/8',
])('the entry %j throws', (entry) => {
  expect(() => networks('::1', entry)).toThrow(
    expect.objectContaining({
      name: 'TypeError',
      code: 'ERR_SECURITY_OPTION',
      message:
        'security.create: trustedProxies[1] must be an IP address or a network such as ' +
        `10.0.0.0/8, but not /0, which is everybody; received ${JSON.stringify(entry)}`,
    }) as never,
  )
})

test.each<[unknown, string]>([
  ['10.0.0.1', 'trustedProxies must be an array of strings; received "10.0.0.1"'],
  [[5], 'trustedProxies[0] must be a string; received 5'],
  [undefined, 'trustedProxies must be an array of strings; received undefined'],
])('the list %p throws', (entries, message) => {
  expect(() => networksOption(check, 'trustedProxies', entries as never)).toThrow(
    `security.create: ${message}`,
  )
})

test('a keyword is left to the caller, and the message names it', () => {
  const only = networksOption(check, 'trustedProxies', ['unix'], 'unix')
  expect([only.isEmpty, only.has('unix')]).toEqual([true, false])
  const both = networksOption(check, 'trustedProxies', ['unix', '10.0.0.1'], 'unix')
  expect([both.isEmpty, both.has('10.0.0.1')]).toEqual([false, true])
  expect(() => networksOption(check, 'trustedProxies', ['UNIX'], 'unix')).toThrow(
    "security.create: trustedProxies[0] must be 'unix', or an IP address",
  )
})

test('an address has the same answer again, also when many others have been asked for', () => {
  const { has } = networks('10.0.0.0/9', '2001:db8::/32')
  const cases = Array.from(
    { length: 600 },
    (_, index) => [`10.${index % 256}.${index >> 8}.1`, index % 256 < 128] as const,
  )
  for (const round of [1, 2, 3]) {
    for (const [address, isMember] of cases)
      expect([round, address, has(address)]).toEqual([round, address, isMember])
  }
  const zone = `2001:db8::1%${'x'.repeat(9000)}`
  expect([has(zone), has(zone), has('no address'), has('no address')]).toEqual([
    true,
    true,
    false,
    false,
  ])
})
