import * as config from '@clew/config'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { read, refusal, thrown } from '../support.ts'

describe('duration', () => {
  test.each([
    ['10s', 10_000],
    ['1h30m', 5_400_000],
    ['1.5h', 5_400_000],
    ['2d', 172_800_000],
    ['1µs', 0.001],
    ['0', 0],
    ['-0', 0],
    ['100ns', 0.0001],
  ])('%s is %d ms', (text, ms) => expect(read(config.duration(), text)).toBe(ms))

  test.each([
    ['10', 'the unit is missing: 10s or 10ms?'],
    ['1e3', undefined],
    ['10 s', 'write it without white space'],
    ['10S', 'units are lower case'],
    ['10sec', 'units are ns, us, ms, s, m, h and d'],
    ['-5s', 'it must be from 0s to 24d20h31m23s647ms'],
    ['9999999h', 'it is too long'],
    ['600h', 'it must be from 0s to 24d20h31m23s647ms'],
    ['s', undefined],
    ['1s'.repeat(200), undefined],
  ])('refuses %.12s', (text, hint) =>
    expect(refusal(config.duration(), text)).toMatchObject({ code: 'invalid', hint }),
  )

  test('has at most 256 characters', () => {
    expect(read(config.duration(), `${'0'.repeat(255)}s`)).toBe(0)
    expect(refusal(config.duration(), `${'0'.repeat(256)}s`).code).toBe('invalid')
  })

  test('bounds are texts or milliseconds', () => {
    const kind = config.duration({ min: '1ms', max: 60_000, default: 500 })
    expect(read(kind, undefined)).toBe(500)
    expect(refusal(kind, '61s').expected).toBe(
      'a duration such as 300ms, 10s or 1h30m from 1ms to 1m',
    )
    expect(read(config.duration({ max: '365d' }), '60d')).toBe(60 * 86_400_000)
    expect(read(config.duration({ min: '-1h' }), '-5s')).toBe(-5000)
    expect(read(config.duration({ default: '10s' }), undefined)).toBe(10_000)
  })

  test.each([{ min: '5' }, { max: Number.NaN }, { min: '2s', max: '1s' }, { max: 1e300 }])(
    'option %j is a mistake',
    (options) => {
      expect(thrown(() => config.duration(options)).code).toBe('ERR_CONFIG_OPTION')
    },
  )

  test.each(['10', 'soon', -1, 2 ** 31, Number.NaN])('default %s is a mistake', (value) => {
    expect(thrown(() => config.duration({ default: value })).code).toBe('ERR_CONFIG_DECLARATION')
  })

  test('what is formatted is read back, to the nanosecond', () => {
    const kind = config.duration({ min: '-2562047h', max: '2562047h' })
    const nanoseconds = fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n })
    fc.assert(
      fc.property(nanoseconds, (ns) => {
        const ms = Number(ns / 1_000_000n) + Number(ns % 1_000_000n) / 1e6
        const loaded = config.load(
          { value: config.duration({ min: '-2562047h', max: '2562047h', default: ms }) },
          { env: {}, envFile: false },
        )
        const [row] = config.sources(loaded)
        expect(loaded.value).toBe(ms)
        expect(read(kind, row!.value)).toBe(ms)
      }),
    )
  })
})
