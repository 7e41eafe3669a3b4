import { describe, expect, test } from '@jest/globals'
import { routeOf, writeRoute } from '../../src/requests/route.ts'

const of = (request: object) => routeOf(request as never)

describe('the route', () => {
  test.each([
    ['Express', { baseUrl: '', route: { path: '/orders/:id' } }, '/orders/:id'],
    [
      'a mounted router',
      { baseUrl: '/api/v1', route: { path: '/orders/:id' } },
      '/api/v1/orders/:id',
    ],
    ['the root of a mounted router', { baseUrl: '/api', route: { path: '/' } }, '/api'],
    [
      'a mount with identifiers',
      { baseUrl: '/teams/42/a1b2c3', route: { path: '/x' } },
      '/teams/:param/:param/x',
    ],
    ['a pattern', { baseUrl: '', route: { path: /^\/a+$/ } }, String(/^\/a+$/)],
    ['several paths', { baseUrl: '', route: { path: ['/a', '/b'] } }, '/a|/b'],
    ['the root', { baseUrl: '', route: { path: '/' } }, '/'],
    ['no router', { url: '/orders/42' }, undefined],
    ['a mounted router in which no route matched', { baseUrl: '/api', url: '/42' }, undefined],
    ['a route whose path is not one', { route: { path: 42 } }, undefined],
  ])('%s', (_name, request, route) => {
    expect(of(request)).toBe(route)
  })

  test("an adapter's route takes precedence, and the first adapter wins", () => {
    const request = { baseUrl: '', route: { path: '/own' } }
    writeRoute(request as never, '/written/:id')
    writeRoute(request as never, '/later')
    writeRoute(request as never, undefined)
    expect(of(request)).toBe('/written/:id')
  })

  test('is bounded', () => {
    expect(of({ route: { path: `/${'x'.repeat(1000)}` } })).toHaveLength(200)
  })
})
