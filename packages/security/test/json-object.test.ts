import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { readObject } from '../src/schemes/jws/json-object.ts'

const isUnique = (text: string) => readObject(text) !== undefined

test('what JSON.stringify has written has each name once, however deep and spaced', () => {
  const objects = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue())
  fc.assert(
    fc.property(objects, fc.nat(3), (object, space) => {
      const text = JSON.stringify(object, undefined, space)
      expect(readObject(text)).toEqual(JSON.parse(text))
    }),
  )
})

test('a name that is there again is found, wherever it is and however it is spelt', () => {
  const objects = fc.dictionary(fc.string({ minLength: 1 }), fc.jsonValue(), { minKeys: 1 })
  fc.assert(
    fc.property(objects, fc.jsonValue(), fc.boolean(), (object, value, isEscaped) => {
      const [name = ''] = Object.keys(object)
      const escaped = [...name].map(
        (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`,
      )
      const again = isEscaped ? `"${escaped.join('')}"` : JSON.stringify(name)
      const text = JSON.stringify({ list: [object] }).replace(
        JSON.stringify(object),
        () => `{${again} \t:${JSON.stringify(value)},${JSON.stringify(object).slice(1)}`,
      )
      return !isUnique(text)
    }),
  )
})

test.each(['{"a":"\\"a\\":","b":"a"}', '{"a\\\\":"a","a\\\\\\"":":"}', '{"a":":","":{"a":[":"]}}'])(
  'strings that look like names are none: %s',
  (text) => {
    expect(isUnique(text)).toBe(true)
  },
)

test('up to 256 members and 16 levels, braces in strings apart', () => {
  const members = (count: number) =>
    JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, at) => [`n${at}`, '{[:'])))
  expect([isUnique(members(256)), isUnique(members(257))]).toEqual([true, false])
  const levels = (count: number) => `${'{"a":'.repeat(count)}1${'}'.repeat(count)}`
  expect([isUnique(levels(16)), isUnique(levels(17))]).toEqual([true, false])
  const lists = (count: number) => `{"a":${'['.repeat(count)}${']'.repeat(count)}}`
  expect([isUnique(lists(15)), isUnique(lists(16))]).toEqual([true, false])
})

test.each(['', '[]', '1', 'null', '"a"', '{"a":1', '{"a', '{a:1}', '{"a":1}}', "{'a':1}"])(
  'no object: %s',
  (text) => {
    expect(readObject(text)).toBeUndefined()
  },
)
