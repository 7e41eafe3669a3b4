import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { addressKey } from '../src/limits/address-key.ts'
import { optionCheck } from '../src/options.ts'
import { peersOption } from '../src/requests/peer.ts'

const peers = (trustedProxies: readonly string[]) =>
  peersOption(optionCheck('security.create'), trustedProxies)

const request = (remoteAddress: string | undefined, headers: object = {}, encrypted?: boolean) =>
  ({ headers, socket: { remoteAddress, ...(encrypted ? { encrypted } : {}) } }) as never

describe('without a proxy', () => {
  const peerOf = peers([])
  test.each([
    ['127.0.0.1', true],
    ['127.9.9.9', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['192.0.2.1', false],
    ['::ffff:192.0.2.1', false],
    ['2001:db8::1', false],
    ['', false],
    [undefined, false],
  ])('%s is on this machine: %s', (address, secure) => {
    expect(peerOf(request(address)).secure).toBe(secure)
  })

  test('TLS is secure from everywhere', () => {
    expect(peerOf(request('192.0.2.1', {}, true)).secure).toBe(true)
  })

  test('a v4 address in v6 clothes is the v4 address', () => {
    expect(peerOf(request('::ffff:192.0.2.1')).address).toBe('192.0.2.1')
  })

  test('what a client says of itself changes neither its address nor its security', () => {
    const headers = { 'x-forwarded-for': '10.0.0.1', 'x-forwarded-proto': 'https' }
    expect(peerOf(request('192.0.2.1', headers))).toMatchObject({
      address: '192.0.2.1',
      secure: false,
      untrustedProxy: true,
    })
  })
})

describe('a proxy on this machine that is not named', () => {
  const peerOf = peers([])
  test.each([
    ['via', '1.1 nginx'],
    ['x-real-ip', '203.0.113.7'],
    ['x-forwarded-for', '203.0.113.7'],
    ['x-forwarded-proto', 'https'],
    ['x-forwarded-host', 'api.test'],
    ['x-forwarded-port', '443'],
    ['x-forwarded-prefix', '/api'],
    ['x-forwarded-ssl', 'on'],
    ['x-envoy-external-address', '203.0.113.7'],
    ['forwarded', 'for=203.0.113.7;proto=https'],
    ['true-client-ip', '203.0.113.7'],
    ['cf-connecting-ip', '203.0.113.7'],
    ['cdn-loop', 'cloudflare'],
  ])('%s ends the trust in loopback, from every spelling of it', (name, value) => {
    for (const remote of ['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1', '0:0:0:0:0:0:0:1']) {
      expect(peerOf(request(remote))).toMatchObject({ secure: true, untrustedProxy: false })
      expect(peerOf(request(remote, { [name]: value }))).toMatchObject({
        secure: false,
        untrustedProxy: true,
      })
    }
    expect(peerOf(request('192.0.2.1', { [name]: value }, true)).secure).toBe(true)
  })

  test('HTTP/1.0, which proxy_pass of nginx speaks, does, too', () => {
    const old = { ...(request('127.0.0.1') as object), httpVersion: '1.0' } as never
    expect(peerOf(old)).toMatchObject({ secure: false, untrustedProxy: true })
  })

  test('other headers of clients do not', () => {
    const headers = { 'x-request-id': '1', 'x-api-key': 'k', host: 'a', traceparent: '0' }
    expect(peerOf(request('::1', headers)).secure).toBe(true)
  })
})

describe('Forwarded (RFC 7239) of a proxy', () => {
  const peerOf = peers(['10.0.0.0/8'])
  const via = (headers: object) => peerOf(request('10.0.0.1', headers))

  test.each([
    ['for=203.0.113.7;proto=https', '203.0.113.7', true],
    ['for=198.51.100.1, for="203.0.113.7:80";proto=https', '203.0.113.7', true],
    ['for=203.0.113.7, for=10.9.9.9;proto=https', '203.0.113.7', true],
    ['for="[2001:db8::1]:4711";proto=http', '2001:db8::1', false],
    ['for=unknown;proto=https', '10.0.0.1', true],
    ['proto=https', '10.0.0.1', true],
    ['for=203.0.113.7', '203.0.113.7', false],
    ['nonsense', '10.0.0.1', false],
  ])('%s', (forwarded, address, secure) => {
    expect(via({ forwarded })).toMatchObject({ address, secure, untrustedProxy: false })
  })

  test('beside X-Forwarded-For neither is believed, unless they say the same', () => {
    const both = (forwarded: string) =>
      via({ forwarded, 'x-forwarded-for': '203.0.113.7', 'x-forwarded-proto': 'https' })
    expect(both('for=203.0.113.7;proto=https')).toMatchObject({
      address: '203.0.113.7',
      secure: true,
    })
    expect(both('for=198.51.100.1;proto=https').address).toBe('10.0.0.1')
    expect(both('proto=https')).toMatchObject({ address: '203.0.113.7', secure: true })
    expect(both('for=203.0.113.7;proto=http').secure).toBe(false)
    expect(
      via({ forwarded: 'for=203.0.113.7;proto=https', 'x-forwarded-proto': 'http' }).secure,
    ).toBe(false)
  })
})

describe('behind proxies', () => {
  const peerOf = peers(['10.0.0.0/8', '2001:db8::/32', '192.0.2.9'])
  const via = (chain: string, remote = '10.1.2.3') =>
    peerOf(request(remote, { 'x-forwarded-for': chain, 'x-forwarded-proto': 'https' })).address

  test.each([
    ['203.0.113.7', '203.0.113.7'],
    ['198.51.100.1, 203.0.113.7', '203.0.113.7'],
    ['203.0.113.7, 10.9.9.9', '203.0.113.7'],
    ['203.0.113.7, 192.0.2.9, 10.9.9.9', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['2a00::1', '2a00::1'],
    ['10.0.0.1, 10.0.0.2', '10.0.0.1'],
    ['unknown', '10.1.2.3'],
    ['203.0.113.7, unknown', '10.1.2.3'],
    ['203.0.113.7:4711', '203.0.113.7'],
    ['', '10.1.2.3'],
  ])('%j comes from %s', (chain, address) => {
    expect(via(chain)).toBe(address)
  })

  test('of a long list the right end counts, whatever stands in front of it', () => {
    const chain = [...Array(70).fill('198.51.100.1'), '203.0.113.7', '10.9.9.9']
    expect(via(chain.join(', '))).toBe('203.0.113.7')
    expect(via(`${','.repeat(70)}203.0.113.7`)).toBe('203.0.113.7')
  })

  test.each([
    '::ffff:203.0.113.7',
    '::FFFF:203.0.113.7',
    '::ffff:cb00:7107',
    '0:0:0:0:0:FFFF:CB00:7107',
    '0000:0000:0000:0000:0000:ffff:203.0.113.7',
  ])('a v4 address in v6 form is one address however it is spelt: %s', (spelling) => {
    expect(via(spelling)).toBe('203.0.113.7')
    expect(peerOf(request(spelling)).address).toBe('203.0.113.7')
  })

  test.each(['::ffff:10.9.9.9', '::FFFF:0a09:0909', '0:0:0:0:0:ffff:a09:909'])(
    'a proxy is trusted however its v4 address is spelt: %s',
    (proxy) => {
      expect(via(`203.0.113.7, ${proxy}`)).toBe('203.0.113.7')
      expect(via('203.0.113.7', proxy)).toBe('203.0.113.7')
    },
  )

  test('a proxy may be named by its v4 address in v6 form', () => {
    const headers = { 'x-forwarded-for': '203.0.113.7', 'x-forwarded-proto': 'https' }
    for (const entry of ['::ffff:192.0.2.9', '::FFFF:c000:209', '::ffff:192.0.2.0/120']) {
      expect(peers([entry])(request('192.0.2.9', headers)).address).toBe('203.0.113.7')
    }
  })

  test('a v6 proxy is one, too', () => {
    expect(via('203.0.113.7', '2001:db8::5')).toBe('203.0.113.7')
  })

  test('a proxy that sends no X-Forwarded-Proto vouches for nothing', () => {
    expect(peerOf(request('10.0.0.1', { 'x-forwarded-for': '203.0.113.7' }, true)).secure).toBe(
      false,
    )
  })
})

test('a socket file has no address, and may be trusted by name', () => {
  const headers = { 'x-forwarded-for': '203.0.113.7', 'x-forwarded-proto': 'https' }
  const from = (trusted: string[]) => peers(trusted)(request(undefined, headers))
  expect(from(['unix'])).toMatchObject({ address: '203.0.113.7', secure: true })
  expect(from(['10.0.0.0/8'])).toMatchObject({ address: '', secure: false, untrustedProxy: true })
})

describe('what an address is counted under', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:0db8:0001:0002::1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0:0:0:c000:201'],
    ['64:FF9B:0::C000:0201', '64:ff9b:0:0:0:0:c000:201'],
    ['64:ff9b:1::192.0.2.1', '64:ff9b:1:0:0:0:c000:201'],
    ['64:ff9b:2::192.0.2.1', '64:ff9b:2:0::/64'],
    ['::ffff:0:192.0.2.1', '0:0:0:0:ffff:0:c000:201'],
  ])('%s: %s', (address, key) => {
    expect(addressKey(address)).toBe(key)
  })

  test('two addresses share a key exactly if they share their first 64 bits', () => {
    const group = fc.integer({ min: 0, max: 0xffff })
    // None of a translator.
    const groups = fc
      .array(group, { minLength: 8, maxLength: 8 })
      .map(([first = 0, ...rest]) => [first | 0x2000, ...rest])
    fc.assert(
      fc.property(groups, groups, fc.boolean(), (left, right, same) => {
        if (same) right.splice(0, 4, ...left.slice(0, 4))
        const text = (list: number[]) => list.map((one) => one.toString(16)).join(':')
        const equal = text(left.slice(0, 4)) === text(right.slice(0, 4))
        expect(addressKey(text(left)) === addressKey(text(right))).toBe(equal)
      }),
    )
  })
})
