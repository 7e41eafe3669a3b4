import { expect, test } from '@jest/globals'
import { errorsMadeIn } from '../../../scripts/rules/errors-speak-alike.js'

test.each([
  [`throw new TypeError('x')`, ['new TypeError()']],
  [`const e = new RangeError('x')`, ['new RangeError()']],
  [`Object.assign(new Error('x'), { code: 'E' })`, ['Object.assign(…, { code })']],
  [`Object.assign(new DOMException('x'), { code })`, []],
  [`Object.assign(new OwnError('x'), more, { code })`, ['Object.assign(…, { code })']],
  [`error.code = 'E'`, ['….code = …']],
  [`class A extends Error { code = 'E' }`, ['class A extends Error']],
  [`throw new Error('inside'); Object.assign({}, { code }); const { code } = error`, []],
  [
    `class A extends CodedError<'E'> {}; throw mistake('E', 'x'); throw check.error('a', 'b', 1)`,
    [],
  ],
])('%s', (text, expected) => {
  expect(errorsMadeIn(text)).toEqual(expected)
})
