import * as config from '@clew/config'
import { describe, expect, test } from '@jest/globals'
import { read, refusal, thrown } from '../support.ts'

describe('map', () => {
  test('entries, split at the first =', () => {
    expect({ ...read(config.map(config.string()), 'a=1, b = x=y ') }).toEqual({ a: '1', b: 'x=y' })
    expect({ ...read(config.map(config.url(), { assign: ':' }), 'a:http://b/c') }).toMatchObject({
      a: { href: 'http://b/c' },
    })
  })

  test('names of Object.prototype are ordinary keys', () => {
    const map = read(config.map(config.integer()), '__proto__=1,toString=2')
    expect(Object.keys(map)).toEqual(['__proto__', 'toString'])
    expect(map['constructor']).toBeUndefined()
    expect(Object.isFrozen(map)).toBe(true)
    expect(({} as Record<string, unknown>)['1']).toBeUndefined()
  })

  test.each([
    ['a', 'entry 1 has no "="'],
    ['=1', 'entry 1 has no key'],
    ['a=1,a=2', 'entry 2 repeats a key'],
    ['a=', 'entry 1 has no value'],
    ['a=1,b=x', 'entry 2 is invalid'],
    ['a=1,', 'entry 2 has no "="'],
    ['a=1,b=02', 'entry 2: remove the leading zeros'],
  ])('refuses %s', (text, hint) => {
    expect(refusal(config.map(config.integer()), text)).toMatchObject({ code: 'invalid', hint })
  })

  test('how many', () => {
    const kind = config.map(config.integer(), { min: 2, max: 2 })
    expect(refusal(kind, 'a=1')).toMatchObject({
      expected: 'exactly 2 entries such as key=value,key=value, each value an integer',
      hint: 'it has 1 entry',
    })
    expect(refusal(config.map(config.integer(), { max: 1 }), 'a=1,b=1').hint).toBe(
      'it has more than 1 entry',
    )
  })

  test('a default is a text or an object', () => {
    expect({ ...read(config.map(config.integer(), { default: { a: 1 } }), undefined) }).toEqual({
      a: 1,
    })
    expect(thrown(() => config.map(config.string(), { default: { 'a=b': 'c' } })).code).toBe(
      'ERR_CONFIG_DECLARATION',
    )
    for (const options of [
      { separator: '=' },
      { separator: ':', assign: ':=' },
      { separator: ':=', assign: '=' },
    ]) {
      expect(thrown(() => config.map(config.string(), options)).code).toBe('ERR_CONFIG_OPTION')
    }
  })
})
