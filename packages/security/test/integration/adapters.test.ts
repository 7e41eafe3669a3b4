import { recordOf } from '@clew/internal/requests/record'
import * as security from '@clew/security'
import * as forHono from '@clew/security/hono'
import * as forKoa from '@clew/security/koa'
import * as forNest from '@clew/security/nest'
import { listen } from '@clew/testing'
import { getRequestListener } from '@hono/node-server'
import { afterEach, describe, expect, test } from '@jest/globals'
import Router from '@koa/router'
import { Controller, Get, Module, Post, Req } from '@nestjs/common'
import { type AbstractHttpAdapter, NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import { decorate } from '../support/nest.ts'
import 'reflect-metadata'

const { key, record } = security.issueApiKey({ owner: 'reporting', scopes: ['read'] })
const apiKey = security.apiKey('api_key', { keys: [record], scopes: { read: '', write: '' } })
const api = security.create({ service: 'shop', default: apiKey.scopes('read') })
const list = api.method('list')
const create = api.method('create', apiKey.scopes('write'))
const ping = api.method('ping', security.noSecurity('for load balancers'))

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** How often a handler ran that must not. */
let ran = 0
const forbidden = () => {
  ran++
  return 'forbidden'
}

interface Served {
  readonly url: string
  /** What `api.audit` is asked about. */
  readonly app: unknown
}

const adapters: Record<string, (hasForgotten: boolean) => Promise<Served>> = {
  async Koa(hasForgotten) {
    const app = forKoa.protect(new Koa())
    const router = new Router({ prefix: '/shop' })
    router.get('/orders/:id', forKoa.guard(list), (koa) => {
      const { subject } = security.principal(koa.req, list)
      koa.body = { subject, operation: recordOf(koa.req).operation }
    })
    router.post('/orders', forKoa.guard(create), (koa) => {
      koa.body = forbidden()
    })
    router.get('/ping', forKoa.guard(ping), (koa) => {
      koa.body = 'pong'
    })
    if (hasForgotten) {
      router.get('/forgotten', (koa) => {
        koa.body = forbidden()
      })
    }
    app.use(router.routes()).use(router.allowedMethods())
    const { url, close } = await listen(app.callback())
    closing.push(close)
    return { url, app }
  },
  async Hono(hasForgotten) {
    const app = forHono.protect(new Hono())
    const routes = new Hono<{ Bindings: { incoming: never } }>()
    routes.get('/orders/:id', forHono.guard(list), (hono) => {
      const { subject } = forHono.principal(hono, list)
      return hono.json({ subject, operation: recordOf(hono.env.incoming).operation })
    })
    routes.post('/orders', forHono.guard(create), (hono) => hono.text(forbidden()))
    routes.get('/ping', forHono.guard(ping), (hono) => hono.text('pong'))
    if (hasForgotten) routes.get('/forgotten', (hono) => hono.text(forbidden()))
    app.route('/shop', routes)
    const { url, close } = await listen(getRequestListener(app.fetch))
    closing.push(close)
    return { url, app }
  },
  'Nest on Express': (hasForgotten) => serveNest(new ExpressAdapter(), hasForgotten),
  'Nest on Fastify': (hasForgotten) => serveNest(new FastifyAdapter(), hasForgotten),
}

function controllersOf(hasForgotten: boolean) {
  class Orders {
    list(request: any) {
      const req = request.raw ?? request
      return { subject: security.principal(req, list).subject, operation: recordOf(req).operation }
    }
    create() {
      return forbidden()
    }
  }
  Req()(Orders.prototype, 'list', 0)
  decorate(Orders, [Controller('shop')], {
    list: [Get('orders/:id'), forNest.Guarded(list)],
    create: [forNest.Guarded(create), Post('orders')],
  })
  class Ping {
    ping() {
      return 'pong'
    }
  }
  decorate(Ping, [Controller('shop/ping'), forNest.Guarded(ping)], { ping: [Get()] })
  class Forgotten {
    forgotten() {
      return forbidden()
    }
  }
  decorate(Forgotten, [Controller('shop')], { forgotten: [Get('forgotten')] })
  return hasForgotten ? [Orders, Ping, Forgotten] : [Orders, Ping]
}

async function serveNest(adapter: AbstractHttpAdapter, hasForgotten: boolean) {
  const App = decorate(class {}, [Module({ controllers: controllersOf(hasForgotten) })])
  const app = forNest.protect(await NestFactory.create(App, adapter, { logger: false }))
  await app.listen(0, '127.0.0.1')
  closing.push(() => app.close())
  return { url: await app.getUrl(), app }
}

describe.each(Object.keys(adapters))('%s', (name) => {
  const serve = adapters[name] as (hasForgotten: boolean) => Promise<Served>
  const ask = async (url: string, init?: RequestInit) => {
    const answer = await fetch(url, init)
    return { status: answer.status, headers: answer.headers, text: await answer.text() }
  }
  const withKey = { 'x-api-key': key }

  test('lets in who may; the handler knows who, and the record which operation', async () => {
    const { url } = await serve(false)
    const answer = await ask(`${url}/shop/orders/7`, { headers: withKey })
    expect([answer.status, JSON.parse(answer.text)]).toEqual([
      200,
      { subject: 'reporting', operation: { service: 'shop', method: 'list' } },
    ])
    expect(await ask(`${url}/shop/ping`)).toMatchObject({ status: 200, text: 'pong' })
  })

  test.each([
    ['no key', 'GET', '/shop/orders/7', {}, 401, 'unauthorized'],
    ['a wrong key', 'GET', '/shop/orders/7', { 'x-api-key': `${key}x` }, 401, 'unauthorized'],
    ['a missing scope', 'POST', '/shop/orders', withKey, 403, 'insufficient_scope'],
    ['another spelling', 'GET', '/shop/orders/%37', {}, 401, 'unauthorized'],
  ])('denies %s, with problem details', async (_, method, path, headers, status, code) => {
    ran = 0
    const { url } = await serve(false)
    const answer = await ask(url + path, { method, headers: headers as Record<string, string> })
    expect(answer.status).toBe(status)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.headers.get('vary')?.toLowerCase()).toContain('x-api-key')
    expect(answer.headers.has('www-authenticate')).toBe(status === 401)
    expect(JSON.parse(answer.text)).toMatchObject({ status, code })
    expect(ran).toBe(0)
  })

  test('HEAD has the policy of GET', async () => {
    const { url } = await serve(false)
    const head = (headers: Record<string, string>) =>
      ask(`${url}/shop/orders/7`, { method: 'HEAD', headers })
    expect((await head({})).status).toBe(401)
    expect((await head(withKey)).status).toBe(200)
  })

  test('a route without a policy answers 403 to everybody, and does not run', async () => {
    ran = 0
    const { url } = await serve(true)
    for (const headers of [{}, withKey]) {
      const answer = await ask(`${url}/shop/forgotten`, { headers })
      expect([answer.status, JSON.parse(answer.text).code]).toEqual([403, 'forbidden'])
    }
    expect(ran).toBe(0)
  })

  test('a path without a route stays 404', async () => {
    const { url } = await serve(false)
    expect((await ask(`${url}/nowhere`)).status).toBe(404)
    expect((await ask(`${url}/shop/orders/7/more`, { headers: withKey })).status).toBe(404)
  })

  test('the audit lists every route with its policy, and throws for one without', async () => {
    const { app } = await serve(false)
    const rows = api.audit(app).filter(({ kind, method }) => kind === 'route' && method !== 'HEAD')
    expect(rows.map((row) => [row.method, row.path, row.operation, row.policy, row.from])).toEqual([
      ['GET', '/shop/orders/:id', 'list', 'api_key[read]', 'api'],
      ['POST', '/shop/orders', 'create', 'api_key[write]', 'method'],
      ['GET', '/shop/ping', 'ping', expect.stringContaining('noSecurity'), 'method'],
    ])
    const { app: forgetful } = await serve(true)
    expect(() => api.audit(forgetful)).toThrow(
      expect.objectContaining({
        code: 'ERR_SECURITY_UNCOVERED',
        message: expect.stringMatching(/no policy for (?:HEAD \S+, )?GET \/shop\/forgotten$/),
      }),
    )
  })
})

test.each([
  ['koa', forKoa, () => new Koa()],
  ['hono', forHono, () => new Hono()],
])(
  '%s: what is wrong is refused, and so is a default that opens everything',
  (_, adapter, make) => {
    const { guard, protect } = adapter as typeof forKoa
    expect(() => protect({} as never)).toThrow(/app must be/)
    expect(() => protect(make() as never, { default: ping })).toThrow(/must be a guard that asks/)
    expect(() => protect(make() as never, { strict: 1 } as never)).toThrow(
      /unknown option "strict"/,
    )
    expect(() => guard((() => {}) as never)).toThrow(/guard must be a guard, such as/)
    const wrong = expect.objectContaining({ code: 'ERR_SECURITY_APP_UNKNOWN' })
    expect(() => api.audit(make())).toThrow(wrong)
  },
)
