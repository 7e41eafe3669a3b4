import * as config from '@clew/config'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { read, refusal, thrown } from '../support.ts'

const outside = 'it must be from 1KiB to 10MB'

describe('bytes', () => {
  test.each([
    ['0', 0],
    ['512', 512],
    ['512B', 512],
    ['10MB', 10_000_000],
    ['10mb', 10_000_000],
    ['16MiB', 16 * 1024 ** 2],
    ['16mib', 16 * 1024 ** 2],
    ['16MIB', 16 * 1024 ** 2],
    ['1kB', 1000],
    ['1KB', 1000],
    ['1KiB', 1024],
    ['1.5GiB', 1.5 * 1024 ** 3],
    ['2GB', 2e9],
    ['3TiB', 3 * 1024 ** 4],
    ['4TB', 4e12],
    ['1PiB', 1024 ** 5],
    ['2PB', 2e15],
    ['0.5kB', 500],
    ['1.000', 1],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
  ])('%s is %d bytes', (text, size) => expect(read(config.bytes(), text)).toBe(size))

  test.each([
    ['10 MB', 'write it without white space'],
    [' 10MB', 'write it without white space'],
    ['-1', 'it must not be negative'],
    ['010MB', 'remove the leading zeros'],
    ['10M', 'write 10MB'],
    ['16Mi', 'write 16MiB'],
    ['10Mbit', 'units are B, kB, MB, GB, TB, KiB, MiB …'],
    ['10EB', 'units are B, kB, MB, GB, TB, KiB, MiB …'],
    ['0.1KiB', 'it is not a whole number of bytes'],
    ['1.5', 'it is not a whole number of bytes'],
    ['9007199254740992', 'it is too large'],
    ['100PiB', 'it is too large'],
    ['1e3', undefined],
    ['.5kB', undefined],
    ['5.kB', undefined],
    ['MB', undefined],
    ['1'.repeat(65), undefined],
  ])('refuses %.20s', (text, hint) =>
    expect(refusal(config.bytes(), text)).toMatchObject({
      code: 'invalid',
      expected: 'a size such as 512kB, 10MB or 16MiB',
      hint,
    }),
  )

  test('of a secret, nothing is quoted', () =>
    expect(refusal(config.bytes().secret(), '10M').hint).toBe('the B of the unit is missing'))

  test('bounds are texts or bytes', () => {
    const kind = config.bytes({ min: 1024, max: '10MB', default: '1MiB' })
    expect([read(kind, undefined), read(kind, '1KiB'), read(kind, '10MB')]).toEqual([
      1_048_576, 1024, 10_000_000,
    ])
    expect(refusal(kind, '1023')).toMatchObject({
      expected: 'a size such as 512kB, 10MB or 16MiB from 1KiB to 10MB',
      hint: outside,
    })
    expect(refusal(kind, '10000001').hint).toBe(outside)
    expect(refusal(config.bytes({ min: 1 }), '0').expected).toBe(
      'a size such as 512kB, 10MB or 16MiB, at least 1B',
    )
    expect(read(config.bytes({ default: 1500 }), undefined)).toBe(1500)
  })

  test.each<[config.BytesOptions, string]>([
    [{ min: '5M' }, 'min must be a size such as \'10MB\', or a number of bytes; received "5M"'],
    [{ max: -1 }, "max must be a size such as '10MB', or a number of bytes; received -1"],
    [{ max: 1.5 }, "max must be a size such as '10MB', or a number of bytes; received 1.5"],
    [{ min: '2kB', max: '1kB' }, 'max must be a size of at least 2kB; received "1kB"'],
  ])('option %j is a mistake', (options, message) => {
    expect(thrown(() => config.bytes(options))).toMatchObject({
      code: 'ERR_CONFIG_OPTION',
      message: `config.bytes: ${message}`,
    })
  })

  test.each(['10M', -1, 1.5, 2 ** 53])('default %s is a mistake, and shown', (value) => {
    const { code, message } = thrown(() => config.bytes({ default: value }))
    expect(code).toBe('ERR_CONFIG_DECLARATION')
    expect(message).toContain(`received "${value}"`)
  })

  test.each([
    [0, '0B'],
    [999, '999B'],
    [1000, '1kB'],
    [1024, '1KiB'],
    [1_048_576, '1MiB'],
    [10_000_000, '10MB'],
    [1_024_000, '1024kB'],
  ])('%d is shown as %s', (size, text) => {
    const cfg = config.load({ size: config.bytes({ default: size }) }, { env: {} })
    expect(config.sources(cfg)[0]!.value).toBe(text)
  })

  test('what is shown is read back', () => {
    fc.assert(
      fc.property(
        fc.maxSafeNat(),
        fc.constantFrom(1, 1000, 1024, 1e6, 1024 ** 2, 1e9, 1024 ** 3),
        (count, unit) => {
          const size = (count % 1000) * unit + (count % 7 === 0 ? 1 : 0)
          const cfg = config.load({ size: config.bytes({ default: size }) }, { env: {} })
          expect(read(config.bytes(), config.sources(cfg)[0]!.value)).toBe(size)
        },
      ),
    )
  })
})
