import type { IncomingMessage } from 'node:http'
import { describe, expect, test } from '@jest/globals'
import { runHono } from '../../src/adapters/hono.ts'
import { runKoa } from '../../src/adapters/koa.ts'
import { findRecord } from '../../src/requests/slot.ts'

// What real applications do is in e2e: these are shapes that they have in other versions, or rarely.

const request = (url = '/') => ({ url, headers: {} }) as unknown as IncomingMessage
const middleware = (_c: unknown, _next: unknown) => {}
const handler = (_c: unknown) => {}

describe('Hono', () => {
  const all = (path: string, handler?: unknown) => ({ method: 'ALL', path, handler })
  const get = (path: string) => ({ method: 'GET', path, handler: middleware })

  test.each([
    ['the one that ran last', [all('/*', middleware), get('/a'), get('/:b')], 1, '/a'],
    ['a later one that ran', [all('/*', middleware), get('/a'), get('/:b')], 2, '/:b'],
    ['no middleware', [all('/*', middleware), get('/a')], 0, undefined],
    ['middleware behind it', [get('/a'), all('/*', middleware)], 1, '/a'],
    ['middleware with no function to look at', [all('/*', undefined)], 0, undefined],
    ['a handler of all methods', [all('/a/*', handler)], 0, '/a/*'],
    ['middleware of one path', [all('/a', middleware)], 0, '/a'],
    [
      'a handler that is wrapped',
      [
        all(
          '/a/*',
          Object.assign(() => middleware(0, 0), { __COMPOSED_HANDLER: handler }),
        ),
      ],
      0,
      '/a/*',
    ],
    [
      'middleware that is wrapped, twice',
      [
        all(
          '/a/*',
          Object.assign(() => {}, {
            __COMPOSED_HANDLER: Object.assign(() => {}, { __COMPOSED_HANDLER: middleware }),
          }),
        ),
      ],
      0,
      undefined,
    ],
    ['nothing that matches', [], 0, undefined],
  ])('%s', async (_name, matchedRoutes, routeIndex, route) => {
    const req = request()
    await runHono(req, { env: {}, req: { matchedRoutes, routeIndex } }, async () => {})
    expect(findRecord(req)?.route).toBe(route)
  })

  test('the route is kept, and the error noted, when the rest throws', async () => {
    const req = request()
    const error = new Error('no')
    const hono = { env: {}, req: { matchedRoutes: [get('/a')], routeIndex: 0 } }
    await expect(runHono(req, hono, () => Promise.reject(error))).rejects.toBe(error)
    expect(findRecord(req)).toMatchObject({ route: '/a', error })
  })
})

describe('Koa', () => {
  const layer = (path: unknown, methods: readonly string[] = ['GET']) => ({
    path,
    methods,
    match: (given: string) => new RegExp(`^${String(path).replace(/:\w+/g, '[^/]+')}$`).test(given),
  })

  test.each<[string, string, object, string | undefined]>([
    ['no router', '/a', {}, undefined],
    [
      'the one that ran last',
      '/a',
      { matched: [layer('/a'), layer('/:b')], routerPath: '/a' },
      '/a',
    ],
    ['middleware', '/a', { matched: [layer('/a', []), layer('/:b')], routerPath: '/a' }, undefined],
    [
      'a path that somebody else has set',
      '/a',
      { matched: [layer('/a')], routerPath: '/x/42' },
      undefined,
    ],
    [
      'a pattern',
      '/a',
      (() => {
        const path = /^\/a$/
        return { matched: [layer(path)], routerPath: path }
      })(),
      '/^\\/a$/',
    ],
    [
      'mounted',
      '/shop/i/7',
      { matched: [layer('/i/:id')], routerPath: '/i/:id', mountPath: '/shop' },
      '/shop/i/:id',
    ],
    [
      'mounted twice',
      '/a/b/i/7',
      { matched: [layer('/i/:id')], routerPath: '/i/:id', mountPath: '/b/' },
      '/a/b/i/:id',
    ],
    [
      'the root of what is mounted',
      '/shop',
      {
        matched: [{ ...layer('/'), match: (path: string) => path === '/' }],
        routerPath: '/',
        mountPath: '/shop',
      },
      '/shop',
    ],
    [
      'a mount that was left again',
      '/shop/7',
      { matched: [layer('/shop/:id')], routerPath: '/shop/:id', mountPath: '/shop' },
      '/shop/:id',
    ],
    [
      'layers that cannot match',
      '/shop/7',
      { matched: [{ path: '/:id', methods: ['GET'] }], routerPath: '/:id', mountPath: '/shop' },
      '/:id',
    ],
  ])('%s', async (_name, url, koa, route) => {
    const req = request(url)
    await runKoa({ req, res: {} as never, ...koa }, async () => {})
    expect(findRecord(req)?.route).toBe(route)
  })
})
