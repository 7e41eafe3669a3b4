import { expect, test } from '@jest/globals'
import { createVerdicts } from '../src/limits/verdicts.ts'

test('a verdict ends at its time', () => {
  const known = createVerdicts<string>(10)
  known.set('a', 'yes', 1_000)
  expect([known.get('a', 999), known.get('a', 1_000), known.size]).toEqual(['yes', undefined, 0])
})

test('the oldest one goes first', () => {
  const known = createVerdicts<number>(2)
  for (const [index, key] of ['a', 'b', 'a', 'c'].entries()) known.set(key, index, 9)
  expect([known.get('a', 0), known.get('b', 0), known.get('c', 0)]).toEqual([undefined, 1, 3])
})

test('without room nothing is remembered', () => {
  const known = createVerdicts<number>(0)
  known.set('a', 1, 9)
  expect([known.get('a', 0), known.size]).toEqual([undefined, 0])
})
