// The mounts, on each framework itself.
import 'reflect-metadata'
import { createServer, type RequestListener, type Server } from 'node:http'
import * as health from '@clew/health'
import * as honoHealth from '@clew/health/hono'
import * as koaHealth from '@clew/health/koa'
import { listen } from '@clew/testing'
import { getRequestListener } from '@hono/node-server'
import { afterEach, describe, expect, test } from '@jest/globals'
import Router from '@koa/router'
import { Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

class Root {}
Module({})(Root)

const orders = (koa: { body: unknown }) => {
  koa.body = 'orders'
}

type Mounted = RequestListener | Server

/** An application with `/orders`, and the probes of the checker, details at `/internal/healthz`. */
const applications: Record<string, (checker: health.Checker) => Mounted | Promise<Mounted>> = {
  'node:http': (checker) => {
    const probes = checker.http({ details: '/internal/healthz' })
    return (req, res) => probes(req, res, () => void res.end('orders'))
  },
  Express: (checker) =>
    express()
      .use(checker.http({ details: '/internal/healthz' }))
      .get('/orders', (_req, res) => void res.send('orders')),
  async Fastify(checker) {
    const app = fastify()
    const probes = checker.http({ details: '/internal/healthz' })
    app.addHook('onRequest', (request, reply, done) => probes(request.raw, reply.raw, done))
    app.get('/orders', () => 'orders')
    await app.ready()
    cleanups.push(() => app.close())
    return app.server
  },
  Koa(checker) {
    const app = new Koa()
    app.use(koaHealth.http(checker, { details: '/internal/healthz' }))
    app.use(new Router().get('/orders', orders).routes())
    return app.callback()
  },
  'Koa, with handlers'(checker) {
    const router = new Router()
    const paths = {
      live: '/livez',
      ready: '/readyz',
      startup: '/startupz',
      details: '/internal/healthz',
    } as const
    for (const kind of ['live', 'ready', 'startup', 'details'] as const) {
      router.all(paths[kind], (koa) => checker.handler(kind)(koa.req, koa.res))
    }
    router.get('/orders', orders)
    return new Koa().use(router.routes()).callback()
  },
  Hono(checker) {
    const app = new Hono()
    app.use(honoHealth.http(checker, { details: '/internal/healthz' }))
    app.get('/orders', (hono) => hono.text('orders'))
    return getRequestListener(app.fetch)
  },
  async 'Nest on Express'(checker) {
    const app = await NestFactory.create(Root, new ExpressAdapter(), { logger: false })
    app.use(checker.http({ details: '/internal/healthz' }))
    app
      .getHttpAdapter()
      .get('/orders', (_req: unknown, res: { send(text: string): void }) => res.send('orders'))
    await app.init()
    cleanups.push(() => app.close())
    return app.getHttpServer()
  },
  async 'Nest on Fastify'(checker) {
    const app = await NestFactory.create(Root, new FastifyAdapter(), { logger: false })
    app.use(checker.http({ details: '/internal/healthz' }))
    app
      .getHttpAdapter()
      .get('/orders', (_req: unknown, res: { send(text: string): void }) => res.send('orders'))
    await app.init()
    await app.getHttpAdapter().getInstance().ready()
    cleanups.push(() => app.close())
    return app.getHttpServer()
  },
}

describe.each(Object.entries(applications))('%s', (_name, mount) => {
  async function start() {
    const state = { up: true }
    const checker = health.checker([health.pinger('db', () => state.up)], { cacheMs: 0 })
    cleanups.push(() => checker.shutdown())
    const mounted = await mount(checker)
    const { url, close } = await listen(
      typeof mounted === 'function' ? createServer(mounted) : mounted,
    )
    cleanups.push(close)
    const ask = async (path: string, init?: RequestInit) => {
      const answer = await fetch(url + path, init)
      return { status: answer.status, body: await answer.text(), headers: answer.headers }
    }
    return { state, checker, ask }
  }

  test('the probes and the application', async () => {
    const { state, checker, ask } = await start()
    const pass = { status: 200, body: '{"status":"pass"}' }
    expect(await ask('/livez')).toMatchObject(pass)
    expect(await ask('/readyz?verbose=1')).toMatchObject(pass)
    expect(await ask('/startupz')).toMatchObject(pass)
    expect(await ask('/orders')).toMatchObject({ status: 200, body: 'orders' })
    state.up = false
    expect(await ask('/readyz')).toMatchObject({
      status: 503,
      body: expect.stringContaining('not ready'),
    })
    expect(await ask('/internal/healthz')).toMatchObject({
      status: 503,
      body: expect.stringContaining('"db":"NOT OK"'),
    })
    state.up = true
    checker.drain()
    expect(await ask('/readyz')).toMatchObject({
      status: 503,
      body: expect.stringContaining('draining'),
    })
    expect(await ask('/livez')).toMatchObject(pass)
  })

  test('the format, the headers, HEAD and other methods', async () => {
    const { ask } = await start()
    const answer = await ask('/readyz', { headers: { accept: 'application/health+json' } })
    expect(answer.headers.get('content-type')).toBe('application/health+json')
    const text = await ask('/readyz', { headers: { accept: 'text/plain' } })
    expect(text).toMatchObject({ status: 200, body: 'ok\n' })
    expect(text.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(text.headers.get('cache-control')).toBe('no-store')
    expect(text.headers.get('vary')).toMatch(/Accept/)
    const head = await ask('/readyz', { method: 'HEAD' })
    expect(head).toMatchObject({ status: 200, body: '' })
    const post = await ask('/readyz', { method: 'POST' })
    expect(post).toMatchObject({ status: 405, body: 'method not allowed\n' })
    expect(post.headers.get('allow')).toBe('GET, HEAD')
  })
})

test('Hono without a server', async () => {
  const checker = health.checker([])
  const app = new Hono().use(honoHealth.http(checker))
  const answer = await app.request('/readyz')
  expect([answer.status, await answer.text()]).toEqual([200, '{"status":"pass"}'])
  expect((await app.request('/healthz')).status).toBe(404)
})

describe('the options of a mount', () => {
  const checker = health.checker([])
  test('other paths, and none', async () => {
    const probes = checker.http({ live: '/health', ready: false, startup: undefined })
    const passed: string[] = []
    const { url, close } = await listen((req, res) =>
      probes(req, res, () => {
        passed.push(req.url ?? '')
        res.end()
      }),
    )
    cleanups.push(close)
    const paths = [
      '/health',
      '/livez',
      '/readyz',
      '/startupz',
      '/health/',
      '/Health',
      '//health',
      '/healthz',
    ]
    for (const path of paths) await fetch(url + path)
    expect(passed).toEqual(['/livez', '/readyz', '/health/', '/Health', '//health', '/healthz'])
  })

  test.each<[object, RegExp]>([
    [{ live: 'livez' }, /live must be a path that starts with \/, or false; received "livez"/],
    [{ ready: true }, /ready must be a path/],
    [{ ready: '/a?b' }, /ready must be a path/],
    [{ ready: '/livez' }, /ready must be a path that no other probe has/],
    [{ healthz: '/healthz' }, /unknown option "healthz"/],
  ])('refuses %p', (options, message) => {
    const error = expect.objectContaining({
      code: 'ERR_HEALTH_OPTION',
      message: expect.stringMatching(message),
    })
    expect(() => checker.http(options)).toThrow(error)
    expect(() => koaHealth.http(checker, options)).toThrow(error)
    expect(() => honoHealth.http(checker, options)).toThrow(error)
  })
})

test('answer() says it without a request', async () => {
  const checker = health.checker([health.pinger('db', () => false)])
  expect(await checker.answer('ready')).toMatchObject({
    status: 503,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
    body: '{"status":"fail","reason":"not ready"}',
  })
  expect(await checker.answer('details', { accept: 'text/plain' })).toMatchObject({
    body: expect.stringContaining('db: NOT OK'),
  })
  expect(await checker.answer('live', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' })
  expect(await checker.answer('live', { method: 'DELETE' })).toMatchObject({ status: 405 })
  expect(() => checker.answer('alive' as never)).toThrow(/kind must be one of live, ready/)
})
