import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { looksSecret, quote, shown, withoutCredentials } from '../src/display.ts'

describe('quote', () => {
  test('one line of visible characters', () => {
    expect(quote('a\r\n\u001b[31m\u0000\u009b\u2028\u202e\ufeff\ud800"\\')).toBe(
      '"a\\r\\n\\u001b[31m\\u0000\\u009b\\u2028\\u202e\\ufeff\\ud800\\"\\\\"',
    )
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        expect(quote(text)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/)
        expect(JSON.parse(quote(text))).toBe(text)
      }),
    )
  })

  test('cut, on a character', () => {
    expect(quote('x'.repeat(65))).toBe(`"${'x'.repeat(64)}…" (65 characters)`)
    expect(quote(`${'x'.repeat(63)}🧵y`)).toBe(`"${'x'.repeat(63)}…" (66 characters)`)
  })
})

describe('withoutCredentials', () => {
  test.each([
    ['postgres://u:p@h/db', 'postgres://[redacted]@h/db'],
    ['postgres://u:p@ss@h/db', 'postgres://[redacted]@h/db'],
    ['http://token@h', 'http://[redacted]@h'],
    ['u:p@h:25', '[redacted]@h:25'],
    ['a@b.example', 'a@b.example'],
    ['https://h/?api_key=1&x=2', 'https://h/?api_key=[redacted]&x=2'],
    [
      'https://h/?X-Amz-Signature=1&client%5Fsecret=2&key=3',
      'https://h/?X-Amz-Signature=[redacted]&client%5Fsecret=[redacted]&key=[redacted]',
    ],
    ['host=h password=p user=u', 'host=h password=[redacted] user=u'],
    ['authorization=Bearer x,a=b', 'authorization=[redacted],a=b'],
    ['https://h/a:b', 'https://h/a:b'],
  ])('%s', (text, clean) => expect(withoutCredentials(text)).toBe(clean))

  test('a long password is not cut into sight', () => {
    expect(shown(`http://user:${'p'.repeat(5000)}@h`)).toBe('"http://[redacted]@h"')
  })

  test('takes linear time', () => {
    for (const text of [
      '://'.repeat(3e5),
      `@${'://'.repeat(3e5)}`,
      '?a'.repeat(3e5),
      '='.repeat(1e6),
      `${'a:'.repeat(5e5)}@`,
    ]) {
      shown(text)
      withoutCredentials(text.slice(0, 1e5))
    }
  })
})

test.each([
  'PGPASSWORD',
  'CLIENT_SECRET',
  'GITHUB_TOKEN',
  'API_KEY',
  'API_KEY_HASH',
  'DB_PASS',
  'PRIVATE_KEY',
  'SENTRY_DSN',
  'apikey',
  'Authorization',
])('%s looks like a credential', (name) => expect(looksSecret(name)).toBe(true))

test.each([
  'HTTP_ADDR',
  'COMPASS',
  'TOKENIZER',
  'PARTITION_KEY',
  'AUTHOR',
  'PASSAGE',
  'DATABASE_URL',
])('%s does not', (name) => expect(looksSecret(name)).toBe(false))
