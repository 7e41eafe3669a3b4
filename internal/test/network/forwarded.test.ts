import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { clientOf, forwardedHops, schemeOf } from '../../src/network/forwarded.ts'
import { type Networks, networksOption } from '../../src/network/networks.ts'
import { OptionCheck } from '../../src/options/check.ts'

const check = new OptionCheck('ERR_X_OPTION', 'x')
const trusted = networksOption(check, 'trustedProxies', ['10.0.0.0/8', '::1'])
const peer = '10.0.0.1'

describe('the client', () => {
  test.each<[string, string | readonly string[] | undefined, string]>([
    ['no header: the peer', undefined, peer],
    ['an empty header: the peer', '', peer],
    ['only empty entries: the peer', ' , ,,', peer],
    ['one address: that one', '192.0.2.1', '192.0.2.1'],
    ['several: the rightmost that is not trusted', '192.0.2.1, 192.0.2.2, 10.0.0.2', '192.0.2.2'],
    ['forged entries on the left are ignored', '10.9.9.9, 127.0.0.1, 192.0.2.2', '192.0.2.2'],
    ['all trusted: the leftmost', '10.0.0.4, 10.0.0.3, 10.0.0.2', '10.0.0.4'],
    ['white space and empty entries are ignored', '\t192.0.2.1 ,, 10.0.0.2 , ', '192.0.2.1'],
    ['several headers are one list', ['192.0.2.1', '192.0.2.2, 10.0.0.2'], '192.0.2.2'],
    ['IPv6 addresses', '2001:db8::1, ::1', '2001:db8::1'],
    ['mapped addresses', '::ffff:192.0.2.1, ::ffff:10.0.0.2', '192.0.2.1'],
    ['mapped addresses in hexadecimal', '::FFFF:C000:201, 0:0:0:0:0:ffff:a00:2', '192.0.2.1'],
    ['a malformed hop: the peer', '192.0.2.1, unknown', peer],
    ['a malformed hop left of a trusted one: the peer', '192.0.2.1, unknown, 10.0.0.2', peer],
    ['a hop with a port', '192.0.2.1:80', '192.0.2.1'],
    ['a hop of IPv6 with a port', '[2001:db8::1]:80', '2001:db8::1'],
    ['a hop of IPv6 in brackets', '[::ffff:192.0.2.1]', '192.0.2.1'],
    ['a hop with a port in front of a proxy', '192.0.2.1:80, 10.0.0.1:81', '192.0.2.1'],
    ['a port without an address: the peer', ':80', peer],
    ['a name with a port: the peer', 'a:80', peer],
    ['a malformed hop left of the client does not matter', 'unknown, 192.0.2.1', '192.0.2.1'],
    ['white space of Unicode makes a malformed hop: the peer', '192.0.2.1\u00a0', peer],
    ['a quoted comma does not hide a hop', '"192.0.2.1, 192.0.2.2"', peer],
  ])('%s', (_, header, client) => expect(clientOf(header, peer, trusted)).toBe(client))

  test('of 10,000 hops, only those from the right up to the client are checked', () => {
    let checked = 0
    const counted: Networks = {
      isEmpty: false,
      has(address) {
        checked++
        return trusted.has(address)
      },
    }
    const forged = Array.from({ length: 10_000 }, (_, at) => `198.51.100.${at % 256}`)
    const header = [...forged, '192.0.2.7', '10.0.0.3', '10.0.0.2'].join(', ')
    expect(clientOf(header, peer, counted)).toBe('192.0.2.7')
    expect(checked).toBe(3)
  })

  test('a client left of 10,000 trusted hops is found', () => {
    const header = `192.0.2.7,${'10.0.0.2,'.repeat(10_000)}`
    expect(clientOf(header, peer, trusted)).toBe('192.0.2.7')
    expect(clientOf(`unknown,${'10.0.0.2,'.repeat(10_000)}`, peer, trusted)).toBe(peer)
  })

  test('whatever a client forges, its real address is found', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 100 }), fc.nat(3), (forged, proxies) => {
        const hops = Array.from({ length: proxies }, (_, at) => `10.0.0.${at}`)
        const header = [forged, '192.0.2.7', ...hops].join(', ')
        expect(clientOf(header, peer, trusted)).toBe('192.0.2.7')
      }),
    )
  })
})

test.each<[string | readonly string[] | undefined, string | undefined]>([
  ['https', 'https'],
  ['http', 'http'],
  ['HTTPS', 'https'],
  ['http, https', 'https'],
  ['https, http ', 'http'],
  [['https', 'http'], 'http'],
  ['https, ,', 'https'],
  ['wss', undefined],
  ['https://', undefined],
  ['https, ftp', undefined],
  ['', undefined],
  [undefined, undefined],
  [[], undefined],
])('the scheme of %j is %s', (header, scheme) => expect(schemeOf(header)).toBe(scheme))

describe('Forwarded (RFC 7239)', () => {
  test.each<[string, string, string | undefined, string | undefined]>([
    ['one hop', 'for=192.0.2.1', '192.0.2.1', undefined],
    ['with scheme', 'for=192.0.2.1;proto=https;by=10.0.0.1', '192.0.2.1', 'https'],
    ['the names in any case', 'For=192.0.2.1; PROTO=HTTPS', '192.0.2.1', 'https'],
    ['the last scheme', 'for=192.0.2.1;proto=https, for=10.0.0.2;proto=http', '192.0.2.1', 'http'],
    ['IPv6 with a port', 'for="[2001:db8::1]:4711"', '2001:db8::1', undefined],
    ['IPv4 with a port', 'for="192.0.2.1:4711"', '192.0.2.1', undefined],
    ['without quotes', 'for=192.0.2.1:4711', '192.0.2.1', undefined],
    ['an obfuscated port', 'for="192.0.2.1:_x"', '192.0.2.1', undefined],
    ['a mapped address', 'for="[::FFFF:192.0.2.1]"', '192.0.2.1', undefined],
    ['trusted hops', 'for=192.0.2.1, for=10.0.0.3,for="[::1]"', '192.0.2.1', undefined],
    ['forged on the left', 'for=10.9.9.9, for=192.0.2.1, for=10.0.0.2', '192.0.2.1', undefined],
    ['unknown: the peer', 'for=192.0.2.1, for=unknown', peer, undefined],
    ['hidden: the peer', 'for=192.0.2.1, for=_proxy, for=10.0.0.2', peer, undefined],
    ['a hop without `for`: the peer', 'for=192.0.2.1, proto=https', peer, 'https'],
    ['no hop at all', 'proto=https', undefined, 'https'],
    ['empty', '', undefined, undefined],
    [
      'a comma in quotes is no separator',
      'for=192.0.2.9;x="a, for=192.0.2.1"',
      '192.0.2.9',
      undefined,
    ],
    ['an escaped quote', 'for=192.0.2.9;x="a\\", for=192.0.2.1"', '192.0.2.9', undefined],
    ['an open quote: the peer', 'for="192.0.2.1', peer, undefined],
    ['two in one element: the peer', 'for=192.0.2.1;for=192.0.2.2', peer, undefined],
    ['no pair: the peer', '192.0.2.1', peer, undefined],
    ['IPv6 without brackets: the peer', 'for="2001:db8::1"', peer, undefined],
    ['IPv4 in brackets: the peer', 'for="[192.0.2.1]"', peer, undefined],
  ])('%s', (_, header, client, scheme) => {
    expect(forwardedHops(header, peer, trusted)).toEqual({ client, scheme })
  })

  test('whatever a client forges, its real address is found or the peer', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), fc.nat(3), (forged, proxies) => {
        const hops = Array.from({ length: proxies }, (_, at) => `for=10.0.0.${at}`)
        const header = [forged, 'for=192.0.2.7', ...hops].join(', ')
        expect(['192.0.2.7', peer]).toContain(forwardedHops(header, peer, trusted).client)
      }),
    )
  })

  test('100,000 bytes take no longer than they should', () => {
    for (const header of ['"'.repeat(100_000), 'a="\\'.repeat(30_000), ' '.repeat(100_000)]) {
      forwardedHops(header, peer, trusted)
    }
  })
})
