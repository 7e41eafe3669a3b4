import type { IncomingMessage, ServerResponse } from 'node:http'
import { connect } from 'node:net'
import * as security from '@clew/security'
import * as forFastify from '@clew/security/fastify'
import * as forHono from '@clew/security/hono'
import * as forKoa from '@clew/security/koa'
import * as forNest from '@clew/security/nest'
import { listen } from '@clew/testing'
import { getRequestListener } from '@hono/node-server'
import { describe, expect, test } from '@jest/globals'
import Router from '@koa/router'
import { Controller, Get, Module, Post } from '@nestjs/common'
import { type AbstractHttpAdapter, NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import express5 from 'express'
import express4 from 'express4'
import fastify from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import { decorate } from '../support/nest.ts'
import 'reflect-metadata'

// Whatever the spelling of a path, the method and the tricks in headers: the handler runs exactly if
// the policy of its route has let the request in.

/** Spellings of a path that routers read differently. */
const spellings = (path: string) => [
  path,
  path.toUpperCase(),
  `${path}/`,
  `/%${path.charCodeAt(1).toString(16)}${path.slice(2)}`,
  `/.${path}`,
  `/x/..${path}`,
  `/x/%2e%2e${path}`,
  `/open/..${path}`,
  `http://evil.test${path}`,
  `/${path}`,
  `/open/${path}`,
  `${path}%2f`,
  `${path}%2F..`,
  `${path};a=b`,
  `${path};/open`,
  `${path}%00`,
  `/%25${path.charCodeAt(1).toString(16)}${path.slice(2)}`,
  `${path}?x=/open`,
  `${path}%3fx`,
  `${path}#/open`,
  `${path}.json`,
  `\\${path.slice(1)}`,
]
const tricks: Record<string, string>[] = [
  { 'x-http-method-override': 'GET', 'x-method-override': 'GET' },
  { 'x-original-url': '/open', 'x-rewrite-url': '/open', 'x-forwarded-uri': '/open' },
  { origin: 'https://a.test', 'access-control-request-method': 'GET' },
]

interface Attempted {
  readonly path: string
  readonly method: string
  readonly headers: Record<string, string>
}

const attempts: readonly Attempted[] = [
  ...spellings('/admin').flatMap((path) =>
    ['GET', 'HEAD', 'OPTIONS'].map((method) => ({ path, method, headers: {} })),
  ),
  ...spellings('/open/admin').map((path) => ({ path, method: 'GET', headers: {} })),
  ...['/admin', '/open/admin', '/open'].flatMap((path) =>
    ['POST', 'OPTIONS'].flatMap((method) => tricks.map((headers) => ({ path, method, headers }))),
  ),
  { path: '/admin', method: 'POST', headers: {} },
]

const { key, record } = security.issueApiKey({ owner: 'reader' })
const apiKey = security.apiKey('key', { keys: [record] })

interface Built {
  readonly listener: (req: IncomingMessage, res: ServerResponse) => void
  close?(): Promise<unknown>
}

interface Routes {
  /** `GET /admin` and `GET /open/admin` need the key, `GET /open` does not; `POST /admin` was forgotten. */
  readonly api: security.Api
  readonly open: security.Guard
  ran(name: string): void
}

type Build = (routes: Routes) => Promise<Built>

const expressApp =
  (express: typeof express5): Build =>
  async ({ api, open, ran }) => {
    const app = api.protect(express())
    const handle =
      (name: string): express5.RequestHandler =>
      (_req, res) => {
        ran(name)
        res.end('secret')
      }
    app.use('/open', api.method('files', security.noSecurity('test')), (_req, _res, next) => next())
    app.get('/admin', api.method('admin'), handle('admin'))
    app.get('/open/admin', api.method('deep'), handle('deep'))
    app.get('/open', open, handle('open'))
    app.post('/admin', handle('forgotten'))
    return { listener: app }
  }

const nestApp =
  (adapter: () => AbstractHttpAdapter): Build =>
  async ({ api, open, ran }) => {
    class Plain {}
    for (const name of ['admin', 'deep', 'open', 'forgotten']) {
      Object.defineProperty(Plain.prototype, name, {
        configurable: true,
        value() {
          ran(name)
          return 'secret'
        },
      })
    }
    decorate(Plain, [Controller()], {
      admin: [Get('admin'), forNest.Guarded(api.method('admin'))],
      deep: [Get('open/admin'), forNest.Guarded(api.method('deep'))],
      open: [Get('open'), forNest.Guarded(open)],
      forgotten: [Post('admin')],
    })
    const App = decorate(class {}, [Module({ controllers: [Plain] })])
    const app = forNest.protect(await NestFactory.create(App, adapter(), { logger: false }))
    await app.init()
    await app.getHttpAdapter().getInstance().ready?.()
    const server = app.getHttpServer()
    return {
      listener: (req, res) => server.emit('request', req, res),
      close: () => app.close(),
    }
  }

const builders: Record<string, Build> = {
  'Express 5': expressApp(express5),
  'Express 4': expressApp(express4),
  async 'node:http'({ api, ran }) {
    return {
      listener: security.handler(api.method('admin'), (_req, res) => {
        ran('admin')
        res.end('secret')
      }),
    }
  },
  async fetch({ api, ran }) {
    const handle = security.fetchHandler(
      api.method('admin'),
      () => ({ peer: '127.0.0.1' }),
      () => {
        ran('admin')
        return new Response('secret')
      },
    )
    return { listener: getRequestListener(handle) }
  },
  async Fastify({ api, open, ran }) {
    const app = forFastify.protect(fastify())
    const handle = (name: string) => () => {
      ran(name)
      return 'secret'
    }
    app.get('/admin', { config: { security: api.method('admin') } }, handle('admin'))
    app.get('/open/admin', { config: { security: api.method('deep') } }, handle('deep'))
    app.get('/open', { config: { security: open } }, handle('open'))
    await app.ready()
    return { listener: (req, res) => app.routing(req, res), close: () => app.close() }
  },
  async Koa({ api, open, ran }) {
    const app = forKoa.protect(new Koa())
    const router = new Router()
    const handle =
      (name: string): Koa.Middleware =>
      (koa) => {
        ran(name)
        koa.body = 'secret'
      }
    router.get('/admin', forKoa.guard(api.method('admin')), handle('admin'))
    router.get('/open/admin', forKoa.guard(api.method('deep')), handle('deep'))
    router.get('/open', forKoa.guard(open), handle('open'))
    router.post('/admin', handle('forgotten'))
    app.use(router.routes()).use(router.allowedMethods())
    return { listener: app.callback() }
  },
  async Hono({ api, open, ran }) {
    const app = forHono.protect(new Hono())
    const handle = (name: string) => () => {
      ran(name)
      return new Response('secret')
    }
    app.get('/admin', forHono.guard(api.method('admin')), handle('admin'))
    app.get('/open/admin', forHono.guard(api.method('deep')), handle('deep'))
    app.get('/open', forHono.guard(open), handle('open'))
    app.post('/admin', handle('forgotten'))
    return { listener: getRequestListener(app.fetch) }
  },
  'Nest on Express': nestApp(() => new ExpressAdapter()),
  'Nest on Fastify': nestApp(() => new FastifyAdapter()),
}

async function send(port: number, { path, method, headers }: Attempted): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`${method} ${path} HTTP/1.1\r\nHost: a\r\n${lines.join('')}Connection: close\r\n\r\n`)
  let text = ''
  for await (const chunk of socket) text += chunk
  return text
}

describe.each(Object.entries(builders))('%s', (_name, build) => {
  test(`${attempts.length} variants: the handler runs exactly if its policy has let the request in`, async () => {
    const api = security.create({ default: apiKey })
    let allowed: unknown[] = []
    api.subscribe(({ type, fields }) => {
      if (type === 'security.allowed') allowed.push(fields['method'])
    })
    let ran: string[] = []
    const open = api.method('open', security.noSecurity('test'))
    const built = await build({ api, open, ran: (name) => ran.push(name) })
    const service = await listen(built.listener)
    const reached = new Set<string>()
    for (const attempt of attempts) {
      ran = []
      const without = await send(service.port, attempt)
      const closed = ran.filter((name) => name !== 'open')
      expect([attempt, closed]).toEqual([attempt, []])
      if (!ran.includes('open')) expect(without).not.toContain('secret')

      ran = []
      allowed = []
      const headers = { ...attempt.headers, 'x-api-key': key }
      await send(service.port, { ...attempt, headers })
      const entered = ran.filter((name) => name !== 'open')
      expect([attempt, entered]).toEqual([attempt, allowed])
      for (const name of ran) reached.add(name)
    }
    expect(reached).toContain('admin')
    expect(reached).not.toContain('forgotten')
    await service.close()
    await built.close?.()
  }, 60_000)
})
