import { describe, expect, test } from '@jest/globals'
import { operationOf } from '../src/operation.ts'
import { routeOf } from '../src/route.ts'
import { shapeOf } from '../src/shape.ts'
import { writeRoute } from '../src/written-route.ts'

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
    ['a mount that no route of matched', { baseUrl: '/api', url: '/42' }, undefined],
    ['a route that is no route', { route: { path: 42 } }, undefined],
  ])('%s', (_what, request, route) => {
    expect(of(request)).toBe(route)
  })
  test('what an adapter wrote comes first, and the first adapter keeps it', () => {
    const request = { baseUrl: '', route: { path: '/own' } }
    writeRoute(request as never, '/written/:id')
    writeRoute(request as never, '/later')
    writeRoute(request as never, undefined)
    expect(of(request)).toBe('/written/:id')
  })
  test('it is bounded', () => {
    expect(of({ route: { path: `/${'x'.repeat(1000)}` } })).toHaveLength(200)
  })
})

test('an operation is text or nothing', () => {
  const at = (value: unknown) => operationOf({ [Symbol.for('@clew/operation/v1')]: value } as never)
  expect(at({ service: 'catalog', method: 'create' })).toEqual({
    service: 'catalog',
    method: 'create',
  })
  expect(at({ service: 1 })).toEqual({})
  expect(at(undefined)).toEqual({})
})

test.each([
  ['/orders/42', '/orders/*'],
  ['/v2/users/0af76519-16cd-43dd-8448-eb211c80319c/edit', '/v2/users/*/edit'],
  ['/', '/'],
  [`/${'a/'.repeat(20)}`, '/a/a/a/a/a/a/a/a/…'],
  ['/%F0%9F/x', '/*/x'],
])('the shape of %s', (path, shape) => {
  expect(shapeOf(path)).toBe(shape)
})
