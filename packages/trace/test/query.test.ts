import { describe, expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { clientAttributes } from '../src/http/client-span.ts'
import { redactedQuery } from '../src/http/query.ts'

const redacted = (query: string, ...extra: string[]) => redactedQuery(query, new Set(extra))

test.each([
  'token',
  'access_token',
  'refresh-token',
  'X-Amz-Security-Token',
  'X-Amz-Signature',
  'X-Goog-Signature',
  'AWSAccessKeyId',
  'sig',
  'api_key',
  'apikey',
  'client_secret',
  'password',
  'passwd',
  'code',
  'jwt',
  'session',
])('the value of %s is replaced', (name) => {
  expect(redacted(`a=1&${name}=s3cret&b=2`)).toBe(`a=1&${name}=REDACTED&b=2`)
})

test('names of the user, in any case; encoded names; no value', () => {
  expect(redacted('Card=4111&b', 'card')).toBe('Card=REDACTED&b')
  expect(redacted('%74oken=x&bad%=y')).toBe('%74oken=REDACTED&bad%=y')
  expect(redacted('postcode=12345&monkey=2')).toBe('postcode=12345&monkey=2')
})

describe('a value that holds a credential in an encoding is replaced whole', () => {
  const times = (count: number, text: string) => {
    let encoded = text
    for (let at = 0; at < count; at++) encoded = encodeURIComponent(encoded)
    return encoded
  }
  test.each([
    ['the address to return to', 'https://app.test/in?next=1&access_token=s3cret'],
    ['its fragment', 'https://app.test/#id_token=s3cret'],
    ['parameters', 'a=1&password=s3cret'],
    ['JSON', '{"user":{"api_key": "s3cret"}}'],
    ['an address in an address', `https://a.test/?to=${times(1, 'https://b.test/?code=s3cret')}`],
  ])('%s', (_, value) => {
    for (const layers of [1, 2, 3, 6]) {
      expect(redacted(`a=1&to=${times(layers, value)}&b=2`)).toBe('a=1&to=REDACTED&b=2')
    }
  })

  test('names of the user, and names that are encoded twice', () => {
    expect(redacted(`to=${times(1, '/x?card=4111')}`, 'card')).toBe('to=REDACTED')
    expect(redacted('a=1&to=/x?pass%2577ord=s3cret')).toBe('a=1&to=REDACTED')
  })

  test.each([
    'to=https%3A%2F%2Fapp.test%2Fin%3Fpage%3D2',
    'q=a%3Db&at=10%3A30',
    'q=100%25&bad=%E0%A4%A',
    'filter={"page":2}',
  ])('%s stays', (query) => {
    expect(redacted(query)).toBe(query)
  })
})

test('no text makes it throw, or brings a secret through', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (before, after) => {
      const query = `${before.replaceAll(/[&=]/g, '')}=1&password=hunter2&${after}`
      expect(redacted(query).split('&')[1]).toBe('password=REDACTED')
    }),
  )
})

test('a long value of many layers takes no time', () => {
  const long = '%25'.repeat(1300)
  for (const text of [`to=${long}3D`, `to=${'a%3D'.repeat(1000)}`, `to=${'"'.repeat(4000)}=`]) {
    expect(redacted(text).length).toBeLessThan(4097)
  }
})

test('a client span has neither the credentials nor the secrets of its URL', () => {
  const attributes = clientAttributes(
    'GET',
    new URL('https://user:pass@api.test/x?token=t&page=1#frag'),
  )
  expect(attributes).toEqual({
    'http.request.method': 'GET',
    'server.address': 'api.test',
    'server.port': 443,
    'url.full': 'https://api.test/x?token=REDACTED&page=1',
  })
})
