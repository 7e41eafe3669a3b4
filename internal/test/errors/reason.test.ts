import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { codeOf, mistake } from '../../src/errors/error.ts'
import { reasonOf } from '../../src/errors/reason.ts'

test.each<[unknown, string]>([
  [new Error('down'), 'down'],
  [new TypeError(''), 'TypeError'],
  [{ message: 'like an error' }, 'like an error'],
  [{ message: 5 }, '[object Object]'],
  ['a string', 'a string'],
  [42, '42'],
  [null, 'null'],
  [undefined, 'undefined'],
  [Symbol('s'), 'Symbol(s)'],
  [new Error('  two\r\n\tlines\u2028here  '), 'two lines here'],
])('the reason of %p is %s', (error, reason) => expect(reasonOf(error)).toBe(reason))

test.each<[string, unknown]>([
  [
    'throws when its message is read',
    {
      get message() {
        return fail()
      },
    },
  ],
  ['throws when it is converted', { toString: fail }],
  ['has no prototype', Object.create(null)],
  ['is a revoked proxy', revoked()],
])('an error that %s still has a reason', (_, error) => {
  expect(reasonOf(error)).toBe('an error that cannot be read')
  expect(codeOf(error)).toBeUndefined()
})

test('a reason is always one line of at most 300 characters', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 500 }),
    fc.string({ unit: fc.constantFrom(' ', '\n', '\r', '\u2028', '\u2029', 'a'), maxLength: 2000 }),
  )
  fc.assert(
    fc.property(
      fc.oneof(
        text,
        text.map((message) => new Error(message)),
        fc.anything(),
      ),
      (error) => {
        const reason = reasonOf(error)
        expect(reason).not.toMatch(/[\n\r\u2028\u2029]/)
        expect(reason.length).toBeLessThanOrEqual(300)
      },
    ),
    { numRuns: 1000 },
  )
  expect(reasonOf(new Error('x'.repeat(1e6)))).toHaveLength(300)
})

test('a mistake is a TypeError with a code', () => {
  const error = mistake('ERR_X_OPTION', 'x.y: z')
  expect(error).toBeInstanceOf(TypeError)
  expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_X_OPTION', message: 'x.y: z' })
  expect(codeOf(error)).toBe('ERR_X_OPTION')
})

test.each([[{ code: 5 }], ['ERR'], [null], [undefined]])('%p has no code', (error) => {
  expect(codeOf(error)).toBeUndefined()
})

function fail(): never {
  throw new Error('hunter2')
}

function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}
