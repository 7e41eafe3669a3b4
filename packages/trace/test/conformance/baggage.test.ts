import { expect, test } from '@jest/globals'
import { propagation, ROOT_CONTEXT } from '@opentelemetry/api'
import * as fc from 'fast-check'
import { rootContext } from '../../src/context/root.ts'
import { baggage, parseBaggage, serializeBaggage } from '../../src/propagation/baggage.ts'

// W3C Baggage, https://www.w3.org/TR/baggage/
const read = (header: string) =>
  Object.fromEntries(
    (parseBaggage(header)?.getAllEntries() ?? []).map(([key, entry]) => [key, entry.value]),
  )

test('3.3.1 members, whitespace around them, keys and equals signs', () => {
  expect(read(' key1 = value1 ,\tkey2=value2; prop1 ; p2=v')).toEqual({
    key1: 'value1',
    key2: 'value2',
  })
  expect(parseBaggage('key2=value2; prop1 ; p2=v')?.getEntry('key2')?.metadata?.toString()).toBe(
    'prop1;p2=v',
  )
})
test('3.3.1 an equals sign belongs to the value', () => {
  expect(read('a=b=c')).toEqual({ a: 'b=c' })
})
test('3.3.1 an empty value is a value', () => {
  expect(read('a=')).toEqual({ a: '' })
})
test('3.3.1.1 a key is a token: others are left out, the rest is read', () => {
  expect(read('a b=1,(x)=2,é=3,=4,ok=5,noequals')).toEqual({ ok: '5' })
})
test('3.3.1.2 characters outside of baggage-octet make a member invalid', () => {
  expect(read('a="q",b=back\\slash,c=sp ace,ok=1')).toEqual({ ok: '1' })
})
test('3.3.1.2 values are percent-decoded; what is not UTF-8 becomes U+FFFD', () => {
  expect(read('a=%C3%A9%20x,b=%FF,c=100%')).toEqual({ a: 'é x', b: '\uFFFD', c: '100%' })
})
test('3.3.2 64 members and 8192 bytes are carried, and no more', () => {
  const many = Array.from({ length: 80 }, (_, at) => `k${at}=1`).join(',')
  expect(Object.keys(read(many))).toHaveLength(64)
  const big = Array.from({ length: 10 }, (_, at) => `k${at}=${'v'.repeat(1000)}`).join(',')
  expect(Object.keys(read(big))).toHaveLength(8)
  expect(serializeBaggage(parseBaggage(many)!).split(',')).toHaveLength(64)
})
test('3.2 several headers are one list', () => {
  const found = baggage().extract(rootContext, {}, { get: () => ['a=1', 'b=2'], keys: () => [] })
  expect(
    propagation
      .getBaggage(found)
      ?.getAllEntries()
      .map(([key]) => key),
  ).toEqual(['a', 'b'])
})
test('a name of the language is only a key', () => {
  expect(
    parseBaggage('__proto__=1,constructor=2')
      ?.getAllEntries()
      .map(([key]) => key),
  ).toEqual(['__proto__', 'constructor'])
})
test('what it writes, it reads', () => {
  const key = fc.string({
    unit: fc.constantFrom(...'abcXYZ019!#$%&*+-.^_|~'),
    minLength: 1,
    maxLength: 20,
  })
  fc.assert(
    fc.property(
      fc.dictionary(key, fc.string({ unit: 'binary', maxLength: 20 }), { maxKeys: 10 }),
      (entries) => {
        const given = propagation.createBaggage(
          Object.fromEntries(Object.entries(entries).map(([name, value]) => [name, { value }])),
        )
        expect(read(serializeBaggage(given))).toEqual(entries)
      },
    ),
  )
})
test('no text makes it throw, and a lone surrogate does not either', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (header) => void parseBaggage(header)))
  expect(serializeBaggage(propagation.createBaggage({ a: { value: '\ud800' } }))).toBe(
    'a=%EF%BF%BD',
  )
})
test('our baggage is the api’s', () => {
  const found = baggage().extract(ROOT_CONTEXT, {}, { get: () => 'a=1', keys: () => [] })
  const mine = propagation.getBaggage(found)!
  expect(mine.getEntry('a')?.value).toBe('1')
  expect(mine.setEntry('b', { value: '2' }).removeEntry('a').getAllEntries()).toEqual([
    ['b', { value: '2' }],
  ])
  expect(mine.removeEntries('a').getAllEntries()).toEqual([])
  expect(mine.clear().getAllEntries()).toEqual([])
})
