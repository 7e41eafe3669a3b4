import type { IncomingMessage } from 'node:http'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { checkedFilter, matchOf, pathMatcher, pathOf } from '../src/filter.ts'

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
  const matches = (filter: object, parts: object) =>
    matchOf(checkedFilter(filter))?.(request(parts))

  test('nothing asked: there is nothing to match', () => {
    expect(matchOf(checkedFilter({}))).toBeUndefined()
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
    [null, 'filter must be an object, got null'],
    ['/a', 'filter must be an object, got "/a"'],
    [{ path: 'orders' }, 'filter.path must start with / and have no query, got "orders"'],
    [{ path: '/a?b' }, 'filter.path must start with / and have no query, got "/a?b"'],
    [
      { path: `/${'a'.repeat(256)}` },
      'filter.path must be a text of 1 to 256 characters on one line',
    ],
    [{ path: 7 }, 'filter.path must be a text of 1 to 256 characters on one line, got 7'],
    [{ method: 'G T' }, 'filter.method must be a method such as GET, got "G T"'],
    [{ header: {} }, 'filter.header must name 1 to 8 headers, got 0'],
    [{ header: { 'a b': 'x' } }, 'filter.header: "a b" is not the name of a header'],
    [{ header: { Cookie: 'x' } }, 'filter.header: cookie carries a credential'],
    [{ header: { 'X-API-Key': 'x' } }, 'filter.header: x-api-key carries a credential'],
    [{ header: { 'x-auth-token': 'x' } }, 'filter.header: x-auth-token carries a credential'],
    [
      { header: { a: 'x\ny' } },
      'filter.header[a] must be a text of 1 to 256 characters on one line',
    ],
  ])('%j', (filter, message) => {
    expect(() => checkedFilter(filter)).toThrow(message)
    expect(() => checkedFilter(filter)).toThrow(
      expect.objectContaining({ code: 'ERR_DEBUG_OPTION' }),
    )
  })

  test('the value of a refused credential header is not told', () => {
    expect(() => checkedFilter({ header: { authorization: 'hunter2' } })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
    )
  })
})

test('the filter is a copy', () => {
  const mine = { header: { a: 'x' } }
  const filter = checkedFilter(mine)
  mine.header.a = 'y'
  expect(filter.header).toEqual({ a: 'x' })
})
