import * as metrics from '@clew/metrics'
import { http as fastifyHttp } from '@clew/metrics/fastify'
import { http as honoHttp } from '@clew/metrics/hono'
import { http as koaHttp } from '@clew/metrics/koa'
import { type Collector, type Listening, listen, startCollector } from '@clew/testing'
import { serve } from '@hono/node-server'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { Router as KoaRouter } from '@koa/router'
import { Controller, Get, Module, Param } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import express from 'express'
import express4 from 'express4'
import Fastify from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import 'reflect-metadata'

let collector: Collector
let meters: metrics.Meters
let server: Listening | undefined

beforeEach(async () => {
  collector = await startCollector()
  meters = await metrics.configure({
    service: { name: 'orders' },
    exporter: metrics.otlp({ endpoint: collector.endpoint }),
    runtime: false,
  })
})

afterEach(async () => {
  await server?.close()
  server = undefined
  await meters.shutdown()
  await collector.close()
})

async function routes(url: string, paths: readonly string[]) {
  for (const path of paths) await (await fetch(url + path)).arrayBuffer()
  await meters.flush()
  return collector.points
    .filter(({ name }) => name === 'http.server.request.duration')
    .map(({ attributes, count }) => [
      attributes['http.response.status_code'],
      attributes['http.route'],
      count,
    ])
}

for (const [name, make, forget] of [
  ['Express 5', express, false],
  ['Express 5 before router 2.3', express, true],
  ['Express 4', express4, false],
] as const) {
  test(`${name}: mounted routers and applications give templates, and no value of a parameter`, async () => {
    const app = make()
    app.use(meters.http())
    const orders = make.Router()
    orders.get('/', (_req, res) => void res.end())
    orders.get('/orders/:id', (_req, res) => void res.end())
    app.use('/users/:name', orders)
    app.use('/2024', orders)
    const inner = make()
    const items = make.Router()
    items.get('/items/:id', (_req, res) => void res.end())
    inner.use('/shop', items)
    app.use('/inner', inner)
    app.get(/^\/regexp\/\d+$/, (_req, res) => void res.end())
    app.get(['/one', '/two'], (_req, res) => void res.end())
    if (forget) forgetPaths(app.router as unknown as Stack)
    server = await listen(app)
    const paths = [
      '/users/alice/orders/1',
      '/users/bob/orders/2',
      '/users/carol',
      '/2024/orders/3',
      '/inner/shop/items/4',
      '/regexp/5',
      '/two',
      '/nowhere/6',
    ]
    expect(await routes(server.url, paths)).toEqual([
      [200, '/users/:name/orders/:id', 2],
      [200, '/users/:name', 1],
      [200, '/2024/orders/:id', 1],
      [200, '/inner/shop/items/:id', 1],
      [200, '/^\\/regexp\\/\\d+$/', 1],
      [200, '/one|/two', 1],
      [404, undefined, 1],
    ])
  })
}

type Stack = { stack?: { rawPath?: unknown; handle: Stack }[] }

function forgetPaths(router: Stack): void {
  for (const layer of router.stack ?? []) {
    delete layer.rawPath
    forgetPaths(layer.handle)
  }
}

test('Fastify', async () => {
  const app = Fastify()
  app.addHook('onRequest', fastifyHttp())
  app.get('/orders/:id', async () => ({}))
  await app.register(async (scope) => void scope.get('/items/:id', async () => ({})), {
    prefix: '/shop',
  })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const found = await routes(url, ['/orders/1', '/orders/2', '/shop/items/3', '/nowhere/4'])
  await app.close()
  expect(found).toEqual([
    [200, '/orders/:id', 2],
    [200, '/shop/items/:id', 1],
    [404, undefined, 1],
  ])
})

test('Koa', async () => {
  const app = new Koa()
  app.silent = true
  app.use(koaHttp())
  const router = new KoaRouter({ prefix: '/shop' })
  router.get('/items/:id', (ctx) => {
    ctx.body = 'ok'
  })
  router.get('/boom/:id', () => {
    throw new Error('boom')
  })
  app.use(router.routes())
  server = await listen(app.callback())
  expect(
    await routes(server.url, ['/shop/items/1', '/shop/items/2', '/shop/boom/3', '/no']),
  ).toEqual([
    [200, '/shop/items/:id', 2],
    [500, '/shop/boom/:id', 1],
    [404, undefined, 1],
  ])
})

test('Hono', async () => {
  const app = new Hono()
  app.use(honoHttp() as never)
  const shop = new Hono()
  shop.get('/items/:id', (c) => c.text('ok'))
  app.route('/shop', shop)
  const listening = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' })
  await new Promise((resolve) => listening.once('listening', resolve))
  const { port } = listening.address() as { port: number }
  const found = await routes(`http://127.0.0.1:${port}`, ['/shop/items/1', '/shop/items/2', '/no'])
  listening.close()
  expect(found).toEqual([
    [200, '/shop/items/:id', 2],
    [404, undefined, 1],
  ])
})

test('Nest', async () => {
  class Orders {
    get(id: string) {
      return id
    }
  }
  Param('id')(Orders.prototype, 'get', 0)
  Get(':id')(Orders.prototype, 'get', Object.getOwnPropertyDescriptor(Orders.prototype, 'get')!)
  Controller('orders')(Orders)
  class App {}
  Module({ controllers: [Orders] })(App)
  const app = await NestFactory.create(App, { logger: false })
  app.use(meters.http())
  await app.listen(0, '127.0.0.1')
  try {
    expect(await routes(await app.getUrl(), ['/orders/1', '/orders/2', '/nothing/3'])).toEqual([
      [200, '/orders/:id', 2],
      [404, undefined, 1],
    ])
  } finally {
    await app.close()
  }
})

test('health, metrics and debug routes are not measured unless asked for', async () => {
  const measure = metrics.http()
  const all = metrics.http({ ignore: [] })
  server = await listen((req, res) =>
    (req.headers['x-all'] ? all : measure)(req, res, () => res.end()),
  )
  for (const path of ['/livez', '/metrics?x=1', '/debug/pprof/heap']) await fetch(server.url + path)
  await fetch(`${server.url}/readyz`, { headers: { 'x-all': '1' } })
  expect(await routes(server.url, [])).toEqual([[200, undefined, 1]])
})
