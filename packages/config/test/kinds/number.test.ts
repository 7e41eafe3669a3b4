import * as config from '@clew/config'
import { describe, expect, test } from '@jest/globals'
import { read, refusal, thrown } from '../support.ts'

describe('integer', () => {
  test.each([
    ['0', 0],
    ['-0', 0],
    ['-7', -7],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
  ])('takes %s', (text, value) => expect(read(config.integer(), text)).toBe(value))

  test.each([
    ['12abc', undefined],
    ['0x10', 'write it in decimal'],
    ['080', 'remove the leading zeros'],
    ['+5', 'remove the +'],
    [' 5', 'remove the white space around it'],
    [' ', 'it is only white space'],
    ['1,000', 'write it without separators'],
    ['1e3', undefined],
    ['1.0', undefined],
    ['9007199254740993', undefined],
    ['NaN', undefined],
    ['Infinity', undefined],
    ['٣', undefined],
    ['1'.repeat(5000), undefined],
  ])('refuses %.20s', (text, hint) => {
    expect(refusal(config.integer(), text)).toMatchObject({
      code: 'invalid',
      expected: 'an integer',
      hint,
    })
  })

  test('other bases, when asked', () => {
    const kind = config.integer({ radixPrefix: true })
    expect([
      read(kind, '0x1F'),
      read(kind, '0o17'),
      read(kind, '-0b101'),
      read(kind, '10'),
    ]).toEqual([31, 15, -5, 10])
    expect(refusal(kind, '0x').code).toBe('invalid')
    expect(refusal(kind, '0xfffffffffffffffffff').code).toBe('invalid')
  })

  test('bounds', () => {
    const kind = config.integer({ min: 1, max: 100 })
    expect([read(kind, '1'), read(kind, '100')]).toEqual([1, 100])
    expect(refusal(kind, '0').expected).toBe('an integer from 1 to 100')
    expect(refusal(config.integer({ min: 1 }), '0').expected).toBe('an integer, at least 1')
    expect(refusal(config.integer({ max: 1 }), '2').expected).toBe('an integer, at most 1')
  })

  test('a default is a number or a text, and must fit', () => {
    expect(read(config.integer({ default: 3 }), undefined)).toBe(3)
    expect(read(config.integer({ default: '3' }), undefined)).toBe(3)
    for (const value of [0, 1.5, Number.NaN, 'x', '', true]) {
      expect(thrown(() => config.integer({ min: 1, default: value as number }))).toMatchObject({
        name: 'TypeError',
        code: 'ERR_CONFIG_DECLARATION',
      })
    }
  })

  test.each([{ min: 1.5 }, { max: Number.NaN }, { min: 2, max: 1 }, { radixPrefix: 'yes' }])(
    'option %j is a mistake',
    (options) => {
      expect(thrown(() => config.integer(options as config.IntegerOptions)).code).toBe(
        'ERR_CONFIG_OPTION',
      )
    },
  )
})

describe('number', () => {
  test.each([
    ['0', 0],
    ['-0', 0],
    ['-0.5', -0.5],
    ['1e3', 1000],
    ['1E-3', 0.001],
    ['12.50', 12.5],
  ])('takes %s', (text, value) => expect(read(config.number(), text)).toBe(value))

  test.each([
    '12abc',
    '.5',
    '5.',
    '0x10',
    '01',
    ' ',
    '1e400',
    '-1e400',
    'NaN',
    '-Infinity',
    '1e-400',
    '1_000',
  ])('refuses %s', (text) => expect(refusal(config.number(), text).code).toBe('invalid'))

  test('bounds', () => {
    const kind = config.number({ min: 0, max: 1 })
    expect(read(kind, '0.25')).toBe(0.25)
    expect(refusal(kind, '1.01').expected).toBe('a number from 0 to 1')
  })
})
