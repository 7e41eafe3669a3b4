import { expect, test } from '@jest/globals'
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

test('no text makes it throw, or brings a secret through', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (before, after) => {
      const query = `${before.replaceAll(/[&=]/g, '')}=1&password=hunter2&${after}`
      expect(redacted(query).split('&')[1]).toBe('password=REDACTED')
    }),
  )
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
