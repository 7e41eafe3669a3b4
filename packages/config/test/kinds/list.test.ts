import * as config from '@clew/config'
import { describe, expect, test } from '@jest/globals'
import { z } from 'zod'
import { read, refusal, thrown } from '../support.ts'

describe('list', () => {
  test('items of one kind, without the white space around them', () => {
    expect(read(config.list(config.integer()), '1, 2 ,3')).toEqual([1, 2, 3])
    expect(read(config.list(config.string(), { separator: ';' }), 'a,b;c d')).toEqual([
      'a,b',
      'c d',
    ])
    expect(read(config.list(config.url()), 'http://a,http://b').map(String)).toEqual([
      'http://a/',
      'http://b/',
    ])
    expect(Object.isFrozen(read(config.list(config.integer()), '1'))).toBe(true)
  })

  test.each([
    ['a,,b', 'item 2 is empty'],
    ['a,', 'item 2 is empty'],
    [',', 'item 1 is empty'],
    ['a,toolong', 'item 2 is invalid'],
  ])('refuses %s', (text, hint) => {
    expect(refusal(config.list(config.string({ max: 3 })), text)).toMatchObject({
      code: 'invalid',
      hint,
    })
  })

  test('shows the whole hint of an item that may hold a password', () => {
    const text = 'mysql://app:12#34secret@db/x,mysql://b/x'
    expect(refusal(config.list(config.url()), text).hint).toBe(
      'item 1: percent-encode # / and ? in the user and the password, as %23, %2F and %3F',
    )
  })

  test('names the item and its own hint', () => {
    expect(refusal(config.list(config.duration()), '1s,10').hint).toBe(
      'item 2: the unit is missing: 10s or 10ms?',
    )
  })

  test('how many', () => {
    const kind = config.list(config.integer(), { min: 2, max: 3 })
    expect(read(kind, '1,2')).toEqual([1, 2])
    expect(refusal(kind, '1')).toMatchObject({ hint: 'it has 1 item' })
    expect(refusal(kind, '1,2,3,4')).toMatchObject({ hint: 'it has more than 3 items' })
    expect(refusal(config.list(config.integer()), Array(10_000).fill(1).join()).hint).toBe(
      'it has more than 1000 items',
    )
    expect(
      read(config.list(config.integer(), { max: 10_000 }), Array(10_000).fill(1).join()),
    ).toHaveLength(10_000)
  })

  test('any number that is no limit is none', () => {
    for (const max of [Number.MAX_SAFE_INTEGER, 2 ** 32, 2 ** 32 - 1, 2 ** 32 - 2]) {
      expect(read(config.list(config.integer(), { max }), '1,2,3')).toEqual([1, 2, 3])
      expect({ ...read(config.map(config.integer(), { max }), 'a=1') }).toEqual({ a: 1 })
    }
    expect(refusal(config.list(config.integer(), { max: 1 }), '1,2')).toMatchObject({
      expected: 'a list separated by "," of at most 1 item, each an integer',
      hint: 'it has more than 1 item',
    })
  })

  test('white space is no empty list', () => {
    expect(refusal(config.list(config.string()), '   ').hint).toBe('item 1 is empty')
    expect(refusal(config.list(config.string(), { default: ['a'] }), ' ').code).toBe('invalid')
    expect(refusal(config.list(config.string(), { allowEmpty: true }), ' ').code).toBe('invalid')
    expect(refusal(config.map(config.string()), '\t').hint).toBe('entry 1 has no "="')
  })

  test('what an item expects is said of the item, and of a secret only what quotes nothing', () => {
    const kind = config.list(config.json(), { separator: ';' })
    expect(refusal(kind, '1;{')).toMatchObject({ code: 'invalid', received: '3 characters' })
    expect(refusal(kind, '1;{').expected).toMatch(/^a list separated by ";"/)
    expect(refusal(config.list(config.schema(z.any(), { json: true })), '1,{').hint).toMatch(
      /^item 2 is not JSON/,
    )
    expect(refusal(config.list(config.duration()).secret(), '1s,10').hint).toBe(
      'item 2: the unit is missing',
    )
    expect(refusal(config.list(config.boolean()).secret(), 'on,x').hint).toBe('item 2 is invalid')
  })

  test('empty', () => {
    expect(refusal(config.list(config.string()), '').code).toBe('missing')
    expect(read(config.list(config.string(), { allowEmpty: true }), '')).toEqual([])
    expect(read(config.list(config.string(), { default: [] }), undefined)).toEqual([])
  })

  test('a default is a text or the items, and must be what the environment could say', () => {
    expect(
      read(config.list(config.duration(), { default: ['1s', 5] as never }), undefined),
    ).toEqual([1000, 5])
    expect(read(config.list(config.integer(), { default: '4,5' }), undefined)).toEqual([4, 5])
    for (const value of [['a,b'], [' a'], [''], [1]]) {
      expect(thrown(() => config.list(config.string(), { default: value as string[] })).code).toBe(
        'ERR_CONFIG_DECLARATION',
      )
    }
  })

  test.each([
    [() => config.list(config.integer().optional()), 'item must not be optional'],
    [() => config.list(config.integer({ default: 1 })), 'item must not have a default'],
    [() => config.list(config.integer({ name: 'A' })), 'item must not have a name'],
    [
      () => config.list(config.string().secret()),
      'item must not be secret; use config.list(…).secret()',
    ],
  ])('an item that is more than a kind is a mistake', (make, message) => {
    expect(thrown(make)).toMatchObject({ code: 'ERR_CONFIG_DECLARATION' })
    expect(thrown(make).message).toContain(message)
  })

  test.each([{ separator: ' ' }, { separator: '' }, { min: -1 }, { min: 3, max: 2 }, { max: 1.5 }])(
    'option %j is a mistake',
    (options) =>
      expect(thrown(() => config.list(config.string(), options)).code).toBe('ERR_CONFIG_OPTION'),
  )
})
