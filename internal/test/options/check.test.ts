import { describe, expect, test } from '@jest/globals'
import { longestDelayMs, OptionCheck } from '../../src/options/check.ts'

const check = new OptionCheck('ERR_LOG_OPTION', 'log.http')
const { MAX_SAFE_INTEGER, MIN_SAFE_INTEGER, NaN: nan, POSITIVE_INFINITY: infinity } = Number

test.each<[string, () => unknown, unknown]>([
  ['boolean', () => check.boolean('o', true), true],
  ['boolean', () => check.boolean('o', false), false],
  ['string', () => check.string('o', ' '), ' '],
  ['strings', () => check.strings('o', []), []],
  ['strings', () => check.strings('o', ['', 'a']), ['', 'a']],
  ['oneOf', () => check.oneOf('o', 'b', ['a', 'b']), 'b'],
  ['function', () => check.function('o', undefined), undefined],
  ['function', () => check.function('o', () => 1), undefined],
  ['integer', () => check.integer('o', 1, { min: 1, max: 1 }), 1],
  ['integer', () => check.integer('o', 2, { min: 1, max: 2 }), 2],
  ['integer', () => check.integer('o', -0, { min: 0 }), -0],
  ['integer', () => check.integer('o', MAX_SAFE_INTEGER, { min: 0 }), MAX_SAFE_INTEGER],
  ['integer', () => check.integer('o', -5, { min: MIN_SAFE_INTEGER }), -5],
  ['milliseconds', () => check.milliseconds('o', 0), 0],
  ['milliseconds', () => check.milliseconds('o', longestDelayMs, 1), longestDelayMs],
  ['number', () => check.number('o', 0.5, { min: 0.5, max: 0.5 }), 0.5],
  ['number', () => check.number('o', infinity, { min: 0 }), infinity],
  ['object', () => check.object('o', { a: 1 }), { a: 1 }],
  ['options', () => check.options<{ a?: number }>('options', undefined, ['a']), {}],
  ['options', () => check.options<{ a?: number }>('options', { a: 1 }, ['a']), { a: 1 }],
  ['options', () => check.options<{ a?: number }>('options', {}, []), {}],
])('%s accepts %s', (_, call, result) => expect(call()).toEqual(result))

test.each<[() => unknown, string]>([
  [() => check.boolean('o', 1), 'o must be true or false; received 1'],
  [() => check.boolean('o', undefined), 'o must be true or false; received undefined'],
  [() => check.string('o', ''), 'o must be a non-empty string; received ""'],
  [() => check.string('o', ['a']), 'o must be a non-empty string; received an array'],
  [() => check.strings('o', 'a'), 'o must be an array of strings; received "a"'],
  [() => check.strings('o', ['a', 5]), 'o[1] must be a string; received 5'],
  [() => check.strings('o', new Array(1)), 'o[0] must be a string; received undefined'],
  [() => check.oneOf('o', 'c', ['a', 'b']), 'o must be one of a, b; received "c"'],
  [() => check.oneOf('o', undefined, ['a']), 'o must be one of a; received undefined'],
  [() => check.function('o', null), 'o must be a function; received null'],
  [() => check.function('o', {}), 'o must be a function; received an object'],
  [() => check.integer('o', 0, { min: 1 }), 'o must be an integer of at least 1; received 0'],
  [() => check.integer('o', 1.5, { min: 1 }), 'o must be an integer of at least 1; received 1.5'],
  [() => check.integer('o', '5', { min: 1 }), 'o must be an integer of at least 1; received "5"'],
  [() => check.integer('o', nan, { min: 0 }), 'o must be an integer of at least 0; received NaN'],
  [() => check.integer('o', 5n, { min: 0 }), 'o must be an integer of at least 0; received 5n'],
  [
    () => check.integer('o', MAX_SAFE_INTEGER + 1, { min: 0 }),
    'o must be an integer of at least 0; received 9007199254740992',
  ],
  [() => check.integer('o', 3, { min: 1, max: 2 }), 'o must be an integer from 1 to 2; received 3'],
  [
    () => check.milliseconds('o', longestDelayMs + 1),
    'o must be an integer from 0 to 2147483647; received 2147483648',
  ],
  [() => check.milliseconds('o', 9, 10), 'o must be an integer from 10 to 2147483647; received 9'],
  [() => check.number('o', nan, { min: 0 }), 'o must be a number of at least 0; received NaN'],
  [() => check.number('o', -1, { min: 0 }), 'o must be a number of at least 0; received -1'],
  [() => check.number('o', '1', { min: 0 }), 'o must be a number of at least 0; received "1"'],
  [
    () => check.number('o', infinity, { min: 0, max: 1 }),
    'o must be a number from 0 to 1; received Infinity',
  ],
  [() => check.object('o', null), 'o must be an object; received null'],
  [() => check.object('o', []), 'o must be an object; received an array'],
  [() => check.object('o', () => 1), 'o must be an object; received a function'],
  [() => check.options('options', null as never, []), 'options must be an object; received null'],
  [() => check.options('options', 5 as never, []), 'options must be an object; received 5'],
])('%#: log.http: %s', (call, message) => expectMistake(call, `log.http: ${message}`))

describe('unknown options', () => {
  const names = ['slowMs', 'ignore'] as const
  interface Options {
    slowMs?: number
    ignore?: string
  }

  test('the message names the first unknown option, and those that exist', () => {
    expectMistake(
      () => check.options<Options>('options', { slwoMs: 1, other: 2 } as never, names),
      'log.http: unknown option "slwoMs"; the options are slowMs, ignore',
    )
  })

  test('the message gives the path of a nested option', () => {
    expectMistake(
      () => check.options<Options>('redact', { slwoMs: 1 } as never, names),
      'log.http: unknown option "redact.slwoMs"; the options are redact.slowMs, redact.ignore',
    )
  })

  test('an unknown option that is undefined throws too', () => {
    const options = { slwoMs: undefined } as never
    expectMistake(
      () => check.options<Options>('options', options, names),
      'log.http: unknown option "slwoMs"; the options are slowMs, ignore',
    )
  })

  test('inherited names are not options, and __proto__ is unknown', () => {
    const inherited = Object.create({ anything: 1 }) as Options
    expect(check.options<Options>('options', inherited, names)).toBe(inherited)
    expectMistake(
      () => check.options<Options>('options', JSON.parse('{"__proto__":1}'), names),
      'log.http: unknown option "__proto__"; the options are slowMs, ignore',
    )
  })
})

test('an error shows what was received, but never a secret', () => {
  expect(check.error('url', 'a URL', 'http://u:hunter2@h').message).toBe(
    'log.http: url must be a URL; received "http://[redacted]@h"',
  )
  expect(check.secretError('key', 'at least 32 bytes')).toMatchObject({
    name: 'TypeError',
    code: 'ERR_LOG_OPTION',
    message: 'log.http: key must be at least 32 bytes; received something else',
  })
})

test('a timer accepts the longest delay', () => {
  const warnings: unknown[] = []
  const warn = (warning: unknown) => warnings.push(warning)
  process.on('warning', warn)
  const timer = setTimeout(() => {}, longestDelayMs)
  clearTimeout(timer)
  process.off('warning', warn)
  expect([longestDelayMs, warnings]).toEqual([2 ** 31 - 1, []])
})

function expectMistake(call: () => unknown, message: string): void {
  let error: unknown
  try {
    call()
  } catch (thrown) {
    error = thrown
  }
  expect(error).toBeInstanceOf(TypeError)
  expect(error).toMatchObject({ code: 'ERR_LOG_OPTION', message })
}
