import * as config from '@clew/config'
import { describe, expect, test } from '@jest/globals'
import { read, refusal, thrown } from '../support.ts'

const level = config.oneOf(['debug', 'info', 'warn', 'error'])

describe('oneOf', () => {
  test('takes the texts exactly', () => {
    expect(read(level, 'warn')).toBe('warn')
    expect(read(config.oneOf(['a', 'b'], { default: 'b' }), undefined)).toBe('b')
  })

  test.each([
    ['INFO', 'did you mean info?'],
    ['inof', 'did you mean info?'],
    [' debug', 'did you mean debug?'],
    ['verbose', undefined],
    ['toString', undefined],
    ['x'.repeat(100_000), undefined],
  ])('refuses %.10s', (text, hint) => {
    expect(refusal(level, text)).toMatchObject({
      code: 'invalid',
      expected: 'debug, info, warn or error',
      hint,
    })
  })

  test.each([[[]], ['debug'], [[1, 2]], [['']]])('values %j are a mistake', (values) => {
    expect(thrown(() => config.oneOf(values as never)).code).toBe('ERR_CONFIG_OPTION')
  })

  test('a default that is none of them is a mistake', () => {
    expect(thrown(() => config.oneOf(['a', 'b'], { default: 'c' as 'a' })).message).toBe(
      'config.oneOf: default must be a or b; received "c"',
    )
  })
})
