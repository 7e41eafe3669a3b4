import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { hasUniqueNames } from '../src/schemes/jws/unique-names.ts'

const isUnique = (text: string) => hasUniqueNames(text, JSON.parse(text))

test('what JSON.stringify has written has each name once, however deep and spaced', () => {
  const objects = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue())
  fc.assert(
    fc.property(objects, fc.nat(3), (object, space) =>
      isUnique(JSON.stringify(object, undefined, space)),
    ),
  )
  const deep = `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`
  expect(isUnique(deep)).toBe(true)
  expect(isUnique(deep.replace('1', '{"b":1,"b":1}'))).toBe(false)
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
