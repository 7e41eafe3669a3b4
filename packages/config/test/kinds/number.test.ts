import * as config from '@clew/config'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
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

  const digits = 'it has more digits than a number can keep (about 16)'
  test.each([
    ['12345678901234567890', digits],
    ['-12345678901234567890', digits],
    ['9007199254740993', digits],
    ['0.12345678901234567890', digits],
    ['3.14159265358979323846', digits],
    ['1234567890123456789e-5', digits],
    ['1'.repeat(101), digits],
    ['0.00000000000000001e-330', 'it is too small to be distinguished from 0'],
    ['-1e-400', 'it is too small to be distinguished from 0'],
  ])('refuses %.30s, which would lose digits', (text, hint) => {
    expect(refusal(config.number(), text)).toMatchObject({ code: 'invalid', hint })
    expect(refusal(config.list(config.number()), `1,${text}`).hint).toBe(`item 2: ${hint}`)
    const value = { ok: '123456789012345678901234', found: [1, { a: text }] }
    expect(read(config.json(), JSON.stringify(value))).toEqual(value)
    for (const json of [text, `[1,${text}]`, `{"a":"\\"1\\"","b":{"c":${text}}}`]) {
      const issue = refusal(config.json(), json)
      expect(issue.hint).toBe('a number has more digits than can be kept: write it as a string')
      expect(JSON.stringify(issue)).not.toContain(text)
    }
  })

  test.each([
    '0.1',
    '0.10000000000000001',
    '0.30000000000000004',
    '9007199254740992',
    '1180591620717411303424',
    '12345678901234500000',
    '1.000000000000000000000',
    '0000000000000000000'.replace('0', '0.'),
    '5e-324',
    '1.7976931348623157e308',
    '123456789012345e200',
  ])('keeps all digits of %s', (text) => {
    expect(read(config.number(), text)).toBe(Number(text))
    expect(read(config.json(), `[${text}, "e-10"]`)).toEqual([Number(text), 'e-10'])
  })

  test('takes every number that JavaScript writes, and none that it would round', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(read(config.number(), String(value))).toBe(value + 0)
        expect(read(config.json(), `{"a":${value}}`)).toEqual({ a: value + 0 })
      }),
    )
    fc.assert(
      fc.property(fc.bigInt({ min: 2n ** 53n, max: 2n ** 90n }), (any) => {
        const value = any % 10n === 0n ? any + 1n : any
        const kept = BigInt(Number(value)) === value
        for (const kind of [config.number(), config.json()]) {
          if (kept) expect(read<unknown>(kind, String(value))).toBe(Number(value))
          else expect(refusal(kind, String(value)).code).toBe('invalid')
        }
      }),
    )
  })

  test('bounds', () => {
    const kind = config.number({ min: 0, max: 1 })
    expect(read(kind, '0.25')).toBe(0.25)
    expect(refusal(kind, '1.01').expected).toBe('a number from 0 to 1')
  })
})
