import { visible } from '@clew/internal/errors/show'
import { isCredentialVariable } from '@clew/internal/redaction/credential-names'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { quotedValue, withoutCredentials } from '../../src/text/credentials.ts'
import { plain, quote } from '../../src/text/quote.ts'
import { growth, linear } from '../support.ts'

const moving = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/

describe('quote', () => {
  test('one line of visible characters', () => {
    expect(quote('a\r\n\u001b[31m\u0000\u009b\u2028\u202e\ufeff\ud800"\\')).toBe(
      '"a\\r\\n\\u001b[31m\\u0000\\u009b\\u2028\\u202e\\ufeff\\ud800\\"\\\\"',
    )
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        expect(quote(text)).not.toMatch(moving)
        expect(plain(text)).not.toMatch(moving)
        expect(visible(visible(text))).toBe(visible(text))
        expect(JSON.parse(quote(text))).toBe(text)
      }),
    )
  })

  test('cut, on a character', () => {
    expect(quote('x'.repeat(65))).toBe(`"${'x'.repeat(64)}…" (65 characters)`)
    expect(quote(`${'x'.repeat(63)}🧵y`)).toBe(`"${'x'.repeat(63)}…" (66 characters)`)
  })
})

test('plain leaves backslashes and quotes as they are', () => {
  expect(plain('C:\\dir\\new "x"\n')).toBe('C:\\dir\\new "x"\\n')
  expect(plain('x'.repeat(65))).toBe(`${'x'.repeat(64)}… (65 characters)`)
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
    // Where a value ends that is not in a query, only its own grammar knows.
    ['host=h password=p user=u', 'host=h password=[redacted]'],
    ["host=h password='my p' user=u", 'host=h password=[redacted]'],
    ['Server=h;Password=abc#p;', 'Server=h;Password=[redacted]'],
    ['Server=h;Password=a&b;', 'Server=h;Password=[redacted]'],
    [`${'a'.repeat(300)}_password=p`, `${'a'.repeat(300)}_password=[redacted]`],
    ['Server=h;Password = p;', 'Server=h;Password = [redacted]'],
    ['authorization=Bearer x,a=b', 'authorization=[redacted]'],
    ['Authorization: Bearer x', 'Authorization: [redacted]'],
    ['{"a":1,"password":"p"}', '{"a":1,"password":[redacted]'],
    ['{"a":1,"password" : 1234}', '{"a":1,"password" : [redacted]'],
    ['{\\"token\\":\\"p\\"}', '{\\"token\\":[redacted]'],
    ['https://h/cb#access_token=p&state=x', 'https://h/cb#access_token=[redacted]&state=x'],
    ['https://h/?sig=p#top', 'https://h/?sig=[redacted]'],
    ['?accessKeyId=p&secretkey=p', '?accessKeyId=[redacted]&secretkey=[redacted]'],
    ['?client_assertion=p&AccountKey=p', '?client_assertion=[redacted]&AccountKey=[redacted]'],
    ['?SharedAccessKey=p', '?SharedAccessKey=[redacted]'],
    ['https://h/a:b', 'https://h/a:b'],
    ['https://auth.example:8443/x', 'https://auth.example:8443/x'],
    ['auth:8080,token:9090', 'auth:8080,token:9090'],
    ['secret://vault/a', 'secret://vault/a'],
    ['PASSWORD:1234', 'PASSWORD:[redacted]'],
    ['token:p', 'token:[redacted]'],
    ['level: info, mode = x', 'level: info, mode = x'],
  ])('%s', (text, clean) => expect(withoutCredentials(text)).toBe(clean))

  test('a long password is not cut into sight', () => {
    expect(quotedValue(`http://user:${'p'.repeat(5000)}@h`)).toBe('"http://[redacted]@h"')
  })

  test.each<[string, (size: number) => string]>([
    ['a long name', (size) => 'a'.repeat(size)],
    ['the beginnings of URLs', (size) => `@${'://'.repeat(size)}`],
    ['queries', (size) => '?a'.repeat(size)],
    ['signs', (size) => '='.repeat(size)],
    ['names and signs', (size) => `${'a:'.repeat(size)}@`],
    ['names and spaces', (size) => `a${' '.repeat(7)}`.repeat(size)],
    ['spaces', (size) => `a${' '.repeat(size)}b`],
    ['quotes', (size) => 'a\\"'.repeat(size)],
    ['credentials', (size) => '?token=a&'.repeat(size)],
    ['limits of tokens', (size) => `?${'max_a_'.repeat(size)}=`],
  ])('%s take time in proportion', (_, text) => {
    expect(growth((size) => withoutCredentials(text(size)), 4000)).toBeLessThan(linear)
    expect(growth((size) => isCredentialVariable(text(size)), 4000)).toBeLessThan(linear)
  })
})
