import { expect, test } from '@jest/globals'
import { inSeconds } from '../src/pings/duration.ts'

test.each([
  [0, '0.0 s'],
  [49, '0.0 s'],
  [51, '0.1 s'],
  [3_000, '3.0 s'],
  [3_049, '3.0 s'],
  [3_060, '3.1 s'],
  [9_999, '10.0 s'],
  [10_000, '10 s'],
  [10_499, '10 s'],
  [10_500, '11 s'],
  [125_000, '125 s'],
])('%d ms are %s', (ms, text) => {
  expect(inSeconds(ms)).toBe(text)
})
