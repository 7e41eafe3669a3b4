import { issueApiKey, rotateApiKey } from '@clew/security'
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { readKey } from '../src/schemes/api-key/key-format.ts'

test('every key has a right form', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^\w{1,32}$/), (prefix) => {
      const { key, record } = issueApiKey({ owner: 'x', prefix })
      expect(readKey(key)).toEqual({ prefix, id: record.id })
    }),
  )
})

test('one other character, and the checksum is wrong', () => {
  const { key } = issueApiKey({ owner: 'x' })
  fc.assert(
    fc.property(fc.nat(key.length - 1), fc.stringMatching(/^[0-9A-Za-z_]$/), (at, character) => {
      fc.pre(key[at] !== character)
      expect(readKey(key.slice(0, at) + character + key.slice(at + 1))).toBeUndefined()
    }),
  )
})

test('no text at all makes it throw', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => readKey(text) === undefined))
})

test('no two keys are alike, and their characters are spread evenly', () => {
  const keys = Array.from({ length: 2_000 }, () => issueApiKey({ owner: 'x' }).key)
  expect(new Set(keys).size).toBe(2_000)
  const counts = new Map<string, number>()
  for (const key of keys)
    for (const one of key.split('_')[2] ?? '') counts.set(one, (counts.get(one) ?? 0) + 1)
  expect(counts.size).toBe(62)
  const mean = (2_000 * 32) / 62
  // Six standard deviations: once in a billion runs.
  for (const count of counts.values())
    expect(Math.abs(count - mean)).toBeLessThan(6 * Math.sqrt(mean))
})

test('an expiry is a time from now on', () => {
  const { record } = issueApiKey({ owner: 'x', expiresInMs: 60_000 })
  expect(Date.parse(record.expiresAt ?? '') - Date.parse(record.createdAt)).toBe(60_000)
})

test('a rotation keeps the record, remembers the old hash, and changes nothing that was given', () => {
  const { record } = Object.freeze(issueApiKey({ owner: 'x', scopes: ['a'] }))
  const next = rotateApiKey(Object.freeze(record), { overlapMs: 1_000 })
  expect(next.record).toMatchObject({
    id: record.id,
    owner: 'x',
    scopes: ['a'],
    previous: [{ hash: record.hash }],
  })
  expect(next.record.hash).not.toBe(record.hash)
})
