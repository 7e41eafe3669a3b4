import * as config from '@clew/config'
import { describe, expect, test } from '@jest/globals'
import { read, refusal, thrown } from '../support.ts'

const level = config.oneOf(['debug', 'info', 'warn', 'error'])

describe('oneOf', () => {
  test.each(['info', 'INFO', 'Info'])('takes %s as info', (text) => {
    expect(read(level, text)).toBe('info')
    expect(read(config.list(level), `warn,${text}`)).toEqual(['warn', 'info'])
  })

  test('gives the word as it is declared', () => {
    const kind = config.oneOf(['us-East-1', 'Öl', 'none'])
    for (const text of ['us-East-1', 'us-east-1', 'US-EAST-1', 'Us-east-1']) {
      expect(read(kind, text)).toBe('us-East-1')
    }
    expect(read(kind, 'öl')).toBe('Öl')
    expect(refusal(kind, 'uS-eAST-1').hint).toBe('did you mean us-East-1?')
  })

  test('words that differ in case only are taken as they are written', () => {
    const kind = config.oneOf(['a', 'A', 'on', 'oN', 'x'])
    expect(['a', 'A', 'on', 'oN', 'X'].map((text) => read(kind, text))).toEqual([
      'a',
      'A',
      'on',
      'oN',
      'x',
    ])
    for (const text of ['ON', 'On']) expect(refusal(kind, text).code).toBe('invalid')
  })

  test('booleans and other words follow one rule', () => {
    const words = config.oneOf(['true', 'off'])
    const cases = ['true', 'True', 'TRUE', 'tRUE', 'off', 'Off', 'OFF', 'oFF']
    const taken = (kind: config.Kind<unknown>) =>
      cases.filter((text) => {
        try {
          return read(kind, text) !== undefined
        } catch {
          return false
        }
      })
    expect(taken(words)).toEqual(taken(config.boolean()))
    expect(taken(words)).toHaveLength(6)
  })

  test('the JSON Schema has all spellings', () => {
    const { properties } = config.jsonSchema({ value: config.oneOf(['debug', 'On']) })
    expect(properties).toMatchObject({
      VALUE: { enum: ['debug', 'On', 'DEBUG', 'Debug', 'on', 'ON'] },
    })
  })

  test('takes the texts', () => {
    expect(read(level, 'warn')).toBe('warn')
    expect(read(config.oneOf(['a', 'b'], { default: 'b' }), undefined)).toBe('b')
  })

  test.each([
    ['iNFO', 'did you mean info?'],
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
