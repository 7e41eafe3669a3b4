import { createHash } from 'node:crypto'
import { expect, test } from '@jest/globals'
import { keyOf } from '../src/schemes/token/token-key.ts'

test('the key is the hash of the whole token, whatever came over the connection before', () => {
  const tokens = ['a.b.c', 'a.b.d', 'a.b.cc', 'A.b.c', 'a.b.c']
  const expected = tokens.map((token) => createHash('sha256').update(token).digest('base64'))
  const [first, second] = [{}, {}]
  expect(tokens.map((token) => keyOf(token, first))).toEqual(expected)
  expect(tokens.toReversed().map((token) => keyOf(token, second))).toEqual(expected.toReversed())
  expect(
    [...tokens, ...tokens].map((token, index) => keyOf(token, index % 2 ? first : second)),
  ).toEqual([...expected, ...expected])
})
