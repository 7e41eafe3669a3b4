import { createServer } from 'node:http'
import { recordOf } from '@clew/internal/requests/record'
import { type Collector, listen, startCollector } from '@clew/testing'
import * as trace from '@clew/trace'
import * as forFastify from '@clew/trace/fastify'
import * as forHono from '@clew/trace/hono'
import * as forKoa from '@clew/trace/koa'
import { serve as serveHono } from '@hono/node-server'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import Router from '@koa/router'
import { Controller, Get, Module, Param } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import Fastify from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import 'reflect-metadata'

let collector: Collector
let tracing: trace.Tracing
const closing: (() => Promise<unknown>)[] = []

beforeEach(async () => {
  collector = await startCollector()
  tracing = await trace.configure({
    service: { name: 'frameworks' },
    exporter: trace.otlp({ endpoint: collector.endpoint }),
    sampler: 'always',
    clients: false,
  })
})

afterEach(async () => {
  await tracing.shutdown()
  for (const close of closing.splice(0)) await close()
  await collector.close()
})

async function at(handler: Parameters<typeof listen>[0]): Promise<string> {
  const server = await listen(handler)
  closing.push(server.close)
  return server.url
}

async function spansOf(...urls: string[]) {
  for (const url of urls) await (await fetch(url)).text()
  await tracing.flush()
  return collector.spans
}

const serverSpans = (spans: Awaited<ReturnType<typeof spansOf>>) =>
  spans
    .filter((span) => span.kind === 'server')
    .map((span) => [
      span.name,
      span.attributes['http.route'],
      span.attributes['http.response.status_code'],
    ])

test('Fastify', async () => {
  const app = Fastify()
  app.addHook('onRequest', forFastify.http())
  app.get('/orders/:id', async () => trace.span('inside', () => 'ok'))
  app.post('/orders', async (request) => trace.span('body read', () => request.body))
  await app.listen({ port: 0, host: '127.0.0.1' })
  closing.push(() => app.close())
  const { port } = app.server.address() as { port: number }
  const url = `http://127.0.0.1:${port}`
  await fetch(`${url}/orders`, {
    method: 'POST',
    body: '{}',
    headers: { 'content-type': 'application/json' },
  })
  const spans = await spansOf(`${url}/orders/1`, `${url}/nothing`)
  expect(serverSpans(spans)).toEqual([
    ['POST /orders', '/orders', 200],
    ['GET /orders/:id', '/orders/:id', 200],
    ['GET', undefined, 404],
  ])
  for (const name of ['inside', 'body read']) {
    const child = spans.find((span) => span.name === name)
    const parent = spans.find((span) => span.spanId === child?.parentSpanId)
    expect(parent?.kind).toBe('server')
  }
})

test('Koa', async () => {
  const app = new Koa()
  app.silent = true
  app.use(forKoa.http())
  const router = new Router({ prefix: '/api' })
  router.get('/orders/:id', (ctx) => {
    ctx.body = trace.span('inside', () => 'ok')
  })
  router.get('/fails', () => {
    throw new RangeError('no')
  })
  app.use(router.routes())
  const url = await at(app.callback() as never)
  const spans = await spansOf(`${url}/api/orders/1`, `${url}/api/fails`, `${url}/nothing`)
  expect(serverSpans(spans)).toEqual([
    ['GET /api/orders/:id', '/api/orders/:id', 200],
    ['GET /api/fails', '/api/fails', 500],
    ['GET', undefined, 404],
  ])
  expect(spans.find((span) => span.name === 'GET /api/fails')?.events[0]?.attributes).toMatchObject(
    {
      'exception.type': 'RangeError',
    },
  )
})

test('Hono', async () => {
  const app = new Hono()
  app.use(forHono.http() as never)
  app.get('/orders/:id', (c) => c.text(trace.span('inside', () => 'ok')))
  app.get('/fails', () => {
    throw new RangeError('no')
  })
  app.onError((_error, c) => c.text('failed', 500))
  const server = serveHono({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' })
  await new Promise((resolve) => server.once('listening', resolve))
  closing.push(async () => server.close())
  const { port } = server.address() as { port: number }
  const url = `http://127.0.0.1:${port}`
  const spans = await spansOf(`${url}/orders/1`, `${url}/fails`, `${url}/nothing`)
  expect(serverSpans(spans)).toEqual([
    ['GET /orders/:id', '/orders/:id', 200],
    ['GET /fails', '/fails', 500],
    ['GET', undefined, 404],
  ])
  const inside = spans.find((span) => span.name === 'inside')
  expect(spans.find((span) => span.spanId === inside?.parentSpanId)?.kind).toBe('server')
})

test('Nest', async () => {
  class Orders {
    get(id: string) {
      return trace.span('inside', () => id)
    }
  }
  Param('id')(Orders.prototype, 'get', 0)
  Get(':id')(Orders.prototype, 'get', Object.getOwnPropertyDescriptor(Orders.prototype, 'get')!)
  Controller('orders')(Orders)
  class App {}
  Module({ controllers: [Orders] })(App)
  const app = await NestFactory.create(App, { logger: false })
  app.use(trace.http())
  await app.listen(0, '127.0.0.1')
  closing.push(() => app.close())
  const spans = await spansOf(`${await app.getUrl()}/orders/1`)
  expect(serverSpans(spans)).toEqual([['GET /orders/:id', '/orders/:id', 200]])
})

test('node:http: route and operation from the record, and events of the request in its context', async () => {
  const middleware = trace.http()
  const url = await at(
    createServer((req, res) =>
      middleware(req, res, () => {
        const record = recordOf(req)
        record.route = '/orders/{id}'
        record.operation = { service: 'catalog', method: 'create' }
        req.resume().on('end', () => {
          trace.span('on end', () => {})
          res.end()
        })
      }),
    ),
  )
  const [child, server] = await spansOf(`${url}/orders/1`)
  expect(child).toMatchObject({ name: 'on end', parentSpanId: server?.spanId })
  expect(server).toMatchObject({
    name: 'GET /orders/{id}',
    attributes: { 'api.service': 'catalog', 'api.method': 'create' },
  })
})
