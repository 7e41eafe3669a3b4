import * as config from '@clew/config'
import { describe, expect, test } from '@jest/globals'
import { read, refusal, thrown } from '../support.ts'

describe('string', () => {
  test('takes a text as it is', () => {
    for (const text of [' padded ', 'a\nb', '0', '🧵', '"quoted"']) {
      expect(read(config.string(), text)).toBe(text)
    }
  })

  test('an empty text counts as unset, unless it is allowed', () => {
    expect(refusal(config.string(), '').code).toBe('missing')
    expect(read(config.string().optional(), '')).toBeUndefined()
    expect(read(config.string({ default: 'x' }), '')).toBe('x')
    expect(read(config.string({ allowEmpty: true }), '')).toBe('')
    expect(read(config.string({ allowEmpty: true, default: 'x' }), '')).toBe('')
    expect(read(config.string({ default: '' }), undefined)).toBe('')
  })

  test('counts characters, not UTF-16 units', () => {
    expect(read(config.string({ min: 2, max: 2 }), '🧵🧵')).toBe('🧵🧵')
    expect(refusal(config.string({ max: 1 }), '🧵🧵').expected).toBe(
      'a string of at most 1 character',
    )
    expect(refusal(config.string({ min: 3 }), '🧵🧵').code).toBe('invalid')
    expect(refusal(config.string({ min: 2, max: 3 }), 'abcd').expected).toBe(
      'a string of 2 to 3 characters',
    )
  })

  test('a pattern with the flag g gives the same answer each time', () => {
    const kind = config.string({ pattern: /^[a-z]+$/g })
    for (let i = 0; i < 3; i++) expect(read(kind, 'abc')).toBe('abc')
    expect(refusal(kind, 'ABC').expected).toBe('a string that matches /^[a-z]+$/')
  })

  test('a default that it refuses itself is not shown: it may be one of a secret', () => {
    expect(thrown(() => config.string({ min: 20, default: 'hunter2' }).secret()).message).toBe(
      'config.string: default must be a string of at least 20 characters; received [redacted]',
    )
  })

  test('a NUL character is refused', () => {
    expect(refusal(config.string(), 'a\0b')).toMatchObject({
      code: 'invalid',
      received: '"a\\u0000b"',
      hint: 'it contains a NUL character',
    })
    expect(refusal(config.string().secret(), 'a\0b').hint).toBe('it contains a NUL character')
  })

  test.each([
    [{ min: -1 }, 'min must be an integer of at least 0; received -1'],
    [{ max: 1.5 }, 'max must be an integer of at least 0; received 1.5'],
    [{ min: 2, max: 1 }, 'max must be an integer of at least 2; received 1'],
    [{ pattern: '^a' }, 'pattern must be a RegExp; received "^a"'],
    [{ allowEmpty: 1 }, 'allowEmpty must be true or false; received 1'],
    [{ name: 'a-b' }, 'name must be a variable name such as HTTP_ADDR; received "a-b"'],
    [
      { minimum: 3 },
      'unknown option "minimum"; the options are default, name, min, max, pattern, allowEmpty',
    ],
  ])('option %j is a mistake', (options, message) => {
    const error = thrown(() => config.string(options as config.StringOptions))
    expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_CONFIG_OPTION' })
    expect(error.message).toContain(message)
  })
})
