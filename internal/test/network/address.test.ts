import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { isLoopback, normalAddress } from '../../src/network/address.ts'

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::FFFF:192.0.2.1', '192.0.2.1'],
  ['::ffff:c000:201', '192.0.2.1'],
  ['::FFFF:C000:0201', '192.0.2.1'],
  ['0:0:0:0:0:ffff:192.0.2.1', '192.0.2.1'],
  ['0:0:0:0:0:ffff:c000:201', '192.0.2.1'],
  ['0000:0000:0000:0000:0000:ffff:c000:0201', '192.0.2.1'],
  ['::0:ffff:192.0.2.1', '192.0.2.1'],
  ['::ffff:0:0', '0.0.0.0'],
  ['::ffff:ffff:ffff', '255.255.255.255'],
  ['::ffff:192.0.2.1%eth0', '192.0.2.1'],
  ['::1', '::1'],
  ['::', '::'],
  ['2001:db8::1', '2001:db8::1'],
  ['2001:db8::ffff', '2001:db8::ffff'],
  ['2001:db8::ffff:192.0.2.1', '2001:db8::ffff:192.0.2.1'],
  ['fe80::ffff%eth0', 'fe80::ffff%eth0'],
  // Translated (RFC 6052), not mapped.
  ['::ffff:0:192.0.2.1', '::ffff:0:192.0.2.1'],
  ['64:ff9b::192.0.2.1', '64:ff9b::192.0.2.1'],
  ['', ''],
  [':', ':'],
  ['::ffff:', '::ffff:'],
  ['::ffff:256.0.0.1', '::ffff:256.0.0.1'],
  ['::ffff:192.0.2.1:80', '::ffff:192.0.2.1:80'],
  ['ffff:hello', 'ffff:hello'],
  ['not an address', 'not an address'],
])('%s is normalized to %s', (address, normal) => {
  expect(normalAddress(address)).toBe(normal)
  expect(normalAddress(normal)).toBe(normal)
})

test('never throws, and is idempotent', () => {
  const text = fc.oneof(
    fc.string({ unit: fc.constantFrom(...'::ffF019.%[]/ '), maxLength: 45 }),
    fc.string({ unit: 'binary' }),
    fc.ipV6(),
    fc.ipV4().map((address) => `::ffff:${address}`),
  )
  fc.assert(
    fc.property(text, (address) => {
      const normal = normalAddress(address)
      expect(normalAddress(normal)).toBe(normal)
    }),
    { numRuns: 2000 },
  )
})

test('each notation of a mapped address becomes its IPv4 address', () => {
  const byte = fc.integer({ min: 0, max: 255 })
  fc.assert(
    fc.property(byte, byte, byte, byte, (...bytes) => {
      const address = bytes.join('.')
      const hex = bytes.map((value) => value.toString(16).padStart(2, '0')).join('')
      expect(normalAddress(`::ffff:${address}`)).toBe(address)
      expect(normalAddress(`::FFFF:${hex.slice(0, 4)}:${hex.slice(4)}`)).toBe(address)
    }),
  )
})

test.each([
  ['127.0.0.1', true],
  ['127.255.255.255', true],
  ['::1', true],
  ['0:0:0:0:0:0:0:1', true],
  ['0000::0001', true],
  ['::0:1', true],
  ['::1:1', false],
  ['::10', false],
  ['0:0:1', false],
  ['128.0.0.1', false],
  ['12.7.0.1', false],
  ['127.evil.example', false],
  ['127.0.0.1.example', false],
  ['::', false],
  ['::2', false],
  ['', false],
])('%j is loopback: %s', (address, expected) => expect(isLoopback(address)).toBe(expected))
