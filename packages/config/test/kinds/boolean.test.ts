import * as config from '@clew/config'
import { describe, expect, test } from '@jest/globals'
import { read, refusal } from '../support.ts'

describe('boolean', () => {
  test.each(['1', 't', 'T', 'TRUE', 'true', 'True', 'yes', 'Yes', 'YES', 'on', 'ON'])(
    '%s is true',
    (text) => expect(read(config.boolean(), text)).toBe(true),
  )

  test.each(['0', 'f', 'F', 'FALSE', 'false', 'False', 'no', 'No', 'NO', 'off', 'OFF'])(
    '%s is false',
    (text) => expect(read(config.boolean(), text)).toBe(false),
  )

  test.each([
    ['tRuE', 'write true'],
    [' false', 'write false'],
    ['2', undefined],
    ['y', undefined],
    ['toString', undefined],
  ])('refuses %s', (text, hint) =>
    expect(refusal(config.boolean(), text)).toMatchObject({ code: 'invalid', hint }),
  )

  test('a default of false is a default', () => {
    expect(read(config.boolean({ default: false }), undefined)).toBe(false)
    expect(read(config.boolean({ default: 'off' }), undefined)).toBe(false)
  })
})
