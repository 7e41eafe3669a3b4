import { describe, expect, test } from '@jest/globals'
import {
  decodeService,
  decodeStatus,
  encodeService,
  encodeStatus,
} from '../src/protocol/messages.ts'

describe('HealthCheckRequest', () => {
  test.each([
    '',
    'a',
    'shop.v1.Orders',
    'x'.repeat(127),
    'x'.repeat(128),
    'ä€😀',
    'x'.repeat(20_000),
  ])('there and back', (service) => {
    expect(decodeService(encodeService(service))).toBe(service)
  })

  test.each([
    ['fields that it does not know', '1001 0a0161 1a026262 2509090909 310807060504030201', 'a'],
    ['the last of several', '0a0161 0a0162', 'b'],
    ['a tag of two bytes', '8a0101ff 0a0161', 'a'],
    ['a long varint', '10ffffffffff01', ''],
  ])('%s', (_what, hex, service) => {
    expect(decodeService(Buffer.from(hex.replaceAll(' ', ''), 'hex'))).toBe(service)
  })

  test.each([
    '0a',
    '0a05',
    '0a0261',
    '0b',
    '10',
    '10ffffffffffffffffffff',
    '25aa',
    '31aa',
    '0affffffffff7f',
  ])('refuses %s', (hex) => {
    expect(() => decodeService(Buffer.from(hex, 'hex'))).toThrow(/malformed|out of range/)
  })
})

test('HealthCheckResponse', () => {
  expect(encodeStatus(2).toString('hex')).toBe('0802')
  expect(decodeStatus(Buffer.from('0803', 'hex'))).toBe(3)
  expect(decodeStatus(Buffer.alloc(0))).toBe(0)
})
