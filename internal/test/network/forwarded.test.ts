import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { clientOf, schemeOf } from '../../src/network/forwarded.ts'
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
    ['a hop with a port: the peer', '192.0.2.1:80', peer],
    ['a hop in brackets: the peer', '[2001:db8::1]', peer],
    ['a malformed hop left of the client does not matter', 'unknown, 192.0.2.1', '192.0.2.1'],
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
