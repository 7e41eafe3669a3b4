import type { IncomingMessage } from 'node:http'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { optionCheck } from '../src/errors.ts'
import { checkedFilter, type SessionFilter } from '../src/sessions/filter.ts'
import { matchOf, pathMatcher, pathOf } from '../src/sessions/match.ts'

const checked = (filter: unknown) =>
  checkedFilter(optionCheck('sessions.open'), filter as SessionFilter)

const request = (parts: object) =>
  ({ headers: {}, method: 'GET', url: '/', ...parts }) as IncomingMessage

describe('path', () => {
  test.each([
    ['/', '/', true],
    ['/', '/a', false],
    ['/orders', '/orders', true],
    ['/orders', '/orders/', true],
    ['/orders', '/orders/7', false],
    ['/orders', '/Orders', false],
    ['/orders/:id', '/orders/7', true],
    ['/orders/:id', '/orders/7/', true],
    ['/orders/:id', '/orders/', false],
    ['/orders/:id', '/orders//', false],
    ['/orders/:id', '/orders/7/lines', false],
    ['/orders/:id/lines', '/orders/7/lines', true],
    ['/orders/*', '/orders', true],
    ['/orders/*', '/orders/7/lines', true],
    ['/orders/*', '/ordersx', false],
    ['/*', '/anything/at/all', true],
    ['/a.c', '/abc', false],
  ])('%s matches %s: %p', (pattern, path, matches) => {
    expect(pathMatcher(pattern)(path)).toBe(matches)
  })

  const segment = fc.stringMatching(/^[a-z0-9._~-]{1,8}$/)
  test('every path matches itself, its pattern, and the prefixes of it', () => {
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 6 }), fc.nat(), (parts, n) => {
        const path = `/${parts.join('/')}`
        const at = n % parts.length
        const pattern = `/${parts.map((part, i) => (i === at ? ':x' : part)).join('/')}`
        expect(pathMatcher(path)(path)).toBe(true)
        expect(pathMatcher(pattern)(path)).toBe(true)
        expect(pathMatcher(`/${parts.slice(0, at).join('/')}/*`.replace('//', '/'))(path)).toBe(
          true,
        )
        expect(pathMatcher(`${path}/*`)(path)).toBe(true)
        expect(pathMatcher(path)(`${path}/more`)).toBe(false)
      }),
    )
  })

  test('any path that a client sends is answered, not thrown at', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (pattern, path) => {
        expect(typeof pathMatcher(`/${pattern}`)(pathOf(request({ url: path })))).toBe('boolean')
      }),
    )
  })

  test.each([
    ['/a?b=/c', '/a'],
    ['/a#b', '/a'],
    ['http://host:80/a/b?c', '/a/b'],
    ['http://host', '/'],
    ['*', '*'],
    ['', '/'],
  ])('of the target %s is %s', (url, path) => {
    expect(pathOf(request({ url }))).toBe(path)
  })

  test('inside a mounted router it is the whole path', () => {
    expect(pathOf(request({ url: '/7', originalUrl: '/orders/7?x' }))).toBe('/orders/7')
  })
})

describe('what must match', () => {
  const matches = (filter: object, parts: object) => matchOf(checked(filter))?.(request(parts))

  test('nothing asked: there is nothing to match', () => {
    expect(matchOf(checked({}))).toBeUndefined()
  })

  test('method and path and headers', () => {
    const filter = { method: 'post', path: '/a', header: { 'X-Tenant': 'acme', 'x-seen': '*' } }
    const headers = { 'x-tenant': 'acme', 'x-seen': '' }
    expect(matches(filter, { method: 'POST', url: '/a', headers })).toBe(true)
    expect(matches(filter, { method: 'GET', url: '/a', headers })).toBe(false)
    expect(matches(filter, { method: 'POST', url: '/b', headers })).toBe(false)
    expect(matches(filter, { method: 'POST', url: '/a', headers: { 'x-tenant': 'acme' } })).toBe(
      false,
    )
    const other = { ...headers, 'x-tenant': 'acme2' }
    expect(matches(filter, { method: 'POST', url: '/a', headers: other })).toBe(false)
  })
})

describe('refused', () => {
  test.each([
    [null, 'filter must be an object; received null'],
    ['/a', 'filter must be an object; received "/a"'],
    [{ paht: '/a' }, 'unknown option "filter.paht"; the options are filter.path, filter.method'],
    [
      { path: 'orders' },
      'filter.path must be a path that starts with / and has no query; received "orders"',
    ],
    [
      { path: '/a?b' },
      'filter.path must be a path that starts with / and has no query; received "/a?b"',
    ],
    [
      { path: `/${'a'.repeat(256)}` },
      'filter.path must be a string of 1 to 256 characters on one line; received "/aaa',
    ],
    [{ path: 7 }, 'filter.path must be a string of 1 to 256 characters on one line; received 7'],
    [{ method: 'G T' }, 'filter.method must be an HTTP method such as GET; received "G T"'],
    [{ header: 'a' }, 'filter.header must be an object; received "a"'],
    [{ header: {} }, 'filter.header must be an object with 1 to 8 headers; received an object'],
    [
      { header: { 'a b': 'x' } },
      'a name in filter.header must be a header name of 1 to 64 characters; received "a b"',
    ],
    [
      { header: { a: 'x\ny' } },
      'filter.header.a must be a string of 1 to 256 characters on one line; received "x\\ny"',
    ],
  ])('%j', (filter, message) => {
    expect(() => checked(filter)).toThrow(`sessions.open: ${message}`)
    expect(() => checked(filter)).toThrow(expect.objectContaining({ code: 'ERR_DEBUG_OPTION' }))
  })

  test.each([
    'Cookie',
    'set-cookie',
    'x-auth',
    'x-auth-user',
    'x-session-id',
    'x-session',
    'x-csrf',
    'x-xsrf-token',
    'x-sid',
    'x-otp',
    'x-jwt-assertion',
    'authorization',
    'Proxy-Authorization',
    'X-API-Key',
    'x-apikey',
    'x-auth-token',
    'x-client-secret',
    'x-password',
    'x-functions-key',
    'x-hub-signature',
  ])('a header that carries credentials: %s', (name) => {
    const problem = 'a name in filter.header must be a header without credentials'
    expect(() => checked({ header: { [name]: 'hunter2' } })).toThrow(problem)
  })

  test('the value of a refused credential header is not told', () => {
    expect(() => checked({ header: { authorization: 'hunter2' } })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
    )
  })
})

test('undefined is the default', () => {
  expect(checked(undefined)).toEqual({})
  expect(checked({ path: undefined, method: undefined, header: undefined })).toEqual({})
})

test('the filter is a copy', () => {
  const mine = { header: { a: 'x' } }
  const filter = checked(mine)
  mine.header.a = 'y'
  expect(filter.header).toEqual({ a: 'x' })
})
