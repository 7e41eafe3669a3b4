import * as config from '@clew/config'
import { describe, expect, test } from '@jest/globals'
import { read, refusal } from '../support.ts'

// The table of Go's time.ParseDuration tests (time/time_test.go), in nanoseconds.
const s = 1_000_000_000n
const accepted: [string, bigint][] = [
  ['0', 0n],
  ['5s', 5n * s],
  ['30s', 30n * s],
  ['1478s', 1478n * s],
  ['-5s', -5n * s],
  ['+5s', 5n * s],
  ['-0', 0n],
  ['+0', 0n],
  ['5.0s', 5n * s],
  ['5.6s', 5_600_000_000n],
  ['5.s', 5n * s],
  ['.5s', 500_000_000n],
  ['1.0s', s],
  ['1.00s', s],
  ['1.004s', 1_004_000_000n],
  ['1.0040s', 1_004_000_000n],
  ['100.00100s', 100_001_000_000n],
  ['10ns', 10n],
  ['11us', 11_000n],
  ['12\u00b5s', 12_000n],
  ['12\u03bcs', 12_000n],
  ['13ms', 13_000_000n],
  ['14s', 14n * s],
  ['15m', 900n * s],
  ['16h', 57_600n * s],
  ['3h30m', 12_600n * s],
  ['10.5s4m', 250_500_000_000n],
  ['-2m3.4s', -123_400_000_000n],
  ['1h2m3s4ms5us6ns', 3_723_004_005_006n],
  ['39h9m14.425s', 140_954_425_000_000n],
  ['52763797000ns', 52_763_797_000n],
  ['0.3333333333333333333h', 1200n * s],
  ['9007199254740993ns', 9_007_199_254_740_993n],
  ['9223372036854775807ns', 2n ** 63n - 1n],
  ['9223372036854775.807us', 2n ** 63n - 1n],
  ['9223372036s854ms775us807ns', 2n ** 63n - 1n],
  ['-9223372036854775808ns', -(2n ** 63n)],
  ['-9223372036854775.808us', -(2n ** 63n)],
  ['-9223372036s854ms775us808ns', -(2n ** 63n)],
  ['-2562047h47m16.854775808s', -(2n ** 63n)],
  ['0.100000000000000000000h', 360n * s],
  ['0.830103483285477580700h', 2_988_372_539_827n],
]
const refused = [
  '3',
  '-',
  's',
  '.',
  '-.',
  '.s',
  '+.s',
  '\u0085\u0085',
  '\uffff',
  'hello \uffff world',
  '\ufffd',
  'hello \ufffd world',
  '9223372036854775810ns',
  '9223372036854775808ns',
  '-9223372036854775809ns',
  '9223372036854776us',
  '3000000h',
  '9223372036854775.808us',
  '9223372036854ms775us808ns',
]
const kind = config.duration({ min: '-9223372036854775808ns', max: '9223372036854775807ns' })

describe("Go's time.ParseDuration", () => {
  test.each(accepted)('%s', (text, ns) => {
    expect(read(kind, text)).toBe(Number(ns / 1_000_000n) + Number(ns % 1_000_000n) / 1e6)
  })

  test.each(refused)('refuses %j', (text) => {
    expect(refusal(kind, text).code).toBe('invalid')
  })
})
