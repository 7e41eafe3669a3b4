import { describe, expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { failureOf } from '../src/pings/failure.ts'

const message = (error: unknown) => failureOf(error, 300).message

describe('says what helps', () => {
  test.each<[string, unknown, string]>([
    ['a message', new Error('gone'), 'gone'],
    ['a string', 'gone', 'gone'],
    ['something like an error', { message: 'gone' }, 'gone'],
    [
      'a cause',
      new Error('fetch failed', { cause: new Error('no route') }),
      'fetch failed: no route',
    ],
    [
      'a cause told already',
      new Error('no route to b', { cause: new Error('no route') }),
      'no route to b',
    ],
    [
      'an AggregateError',
      new AggregateError([new Error('a'), new Error('b'), new Error('a')]),
      'a; b',
    ],
    ['a code only', Object.assign(new Error(''), { code: 'EGONE' }), 'EGONE'],
    ['nothing', new Error(''), 'failed without a message'],
    ['undefined', undefined, 'threw undefined'],
    ['a number', 7, 'threw 7'],
    ['a symbol', Symbol('x'), 'threw Symbol(x)'],
    ['several lines', new Error('a\r\n  b\u2028c\u0000d\u001b[31m'), 'a b c d [31m'],
  ])('%s', (_, error, text) => {
    expect(message(error)).toBe(text)
  })

  test('the code of the error, its cause or the first of several', () => {
    const refused = Object.assign(new Error('x'), { code: 'ECONNREFUSED' })
    expect(failureOf(refused, 300).code).toBe('ECONNREFUSED')
    expect(failureOf(new Error('y', { cause: refused }), 300).code).toBe('ECONNREFUSED')
    expect(failureOf(new AggregateError([refused]), 300).code).toBe('ECONNREFUSED')
    expect(failureOf(Object.assign(new Error('z'), { code: 7 }), 300).code).toBeUndefined()
    expect(failureOf(Object.assign(new Error('z'), { code: 'a b' }), 300).code).toBeUndefined()
  })
})

describe('survives', () => {
  const endless = new Error('a')
  endless.cause = endless
  test.each<[string, unknown]>([
    [
      'a getter that throws',
      {
        get message() {
          throw new Error('no')
        },
      },
    ],
    [
      'a proxy that throws',
      new Proxy(
        {},
        {
          get() {
            throw new Error('no')
          },
        },
      ),
    ],
    ['an error that is its own cause', endless],
    ['an object without anything', Object.create(null)],
  ])('%s', (_, error) => {
    expect(message(error)).toMatch(/./)
  })

  test('anything, in one line of bounded length', () => {
    fc.assert(
      fc.property(fc.anything(), fc.string({ unit: 'binary' }), (value, text) => {
        for (const error of [value, new Error(text, { cause: value })]) {
          const { message } = failureOf(error, 40)
          expect(message.length).toBeLessThanOrEqual(40)
          expect(message).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u)
        }
      }),
    )
  })
})

describe('shows no credentials', () => {
  test.each([
    ['postgres://app:s3cret@db:5432/x', 'postgres://***@db:5432/x'],
    ['redis://:s3cret@cache', 'redis://***@cache'],
    ['no amqp://u:s3/cr@s3cret@mq in "http://a:s3cret@b"', 'no amqp://***@mq in "http://***@b"'],
    ['GET https://x/y?token=s3cret&a=b failed', 'GET https://x/y?*** failed'],
    ['GET https://x/y?sig=s3cret failed', 'GET https://x/y?*** failed'],
    ['password=s3cret host=db', 'password=*** host=db'],
    ['Password: "s3 cret"; x', 'Password: ***; x'],
    ["client_secret='s3 cret'", 'client_secret=***'],
    ['{"access_token":"s3cret","a":1}', '{"access_token":***,"a":1}'],
    ['Authorization: Bearer s3cret', 'Authorization: ***'],
    ['sent bearer s3cret.x-y', 'sent bearer ***'],
    ['api-key=s3cret', 'api-key=***'],
    ['token eyJhbGciOi.s3cret.sig was refused', 'token *** was refused'],
  ])('%s', (text, shown) => {
    expect(message(new Error(text))).not.toContain('s3c')
    expect(message(new Error(text))).toContain(shown.slice(0, 12))
    expect(message(new Error('outer', { cause: new Error(text) }))).not.toContain('s3c')
  })

  test.each([
    'password authentication failed for user "app"',
    'secretary is out',
    'at 10:30: gone',
  ])('leaves %s alone', (text) => {
    expect(message(new Error(text))).toBe(text)
  })

  test('a URL with credentials, wherever it stands and however it is cut', () => {
    const filler = fc.string({
      unit: fc.constantFrom('a', ' ', '/', ':', '"', 'é'),
      maxLength: 2_100,
    })
    const password = fc.stringMatching(/^[A-Z]{6,12}$/)
    fc.assert(
      fc.property(
        filler,
        password,
        fc.integer({ min: 16, max: 2_000 }),
        (before, secret, length) => {
          const text = `${before} pg://u:${secret}@h/d`
          expect(failureOf(new Error(text), length).message).not.toContain(secret.slice(0, 3))
        },
      ),
    )
  })

  test('a URL that is cut in the middle of its password', () => {
    const text = `${'a '.repeat(990)}pg://u:SECRETSECRETSECRET@h`
    expect(failureOf(new Error(text), 2_000).message).not.toContain('SEC')
  })

  test('a long text is cut between characters', () => {
    const { message } = failureOf(new Error('é😀'.repeat(50)), 18)
    expect(message).toBe(`${'é😀'.repeat(5)}é…`)
  })
})
