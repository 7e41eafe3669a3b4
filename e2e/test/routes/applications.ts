import 'reflect-metadata'
import { createServer, type RequestListener } from 'node:http'
import { recordOf } from '@clew/internal/requests/record'
import { listen } from '@clew/testing'
import { serve } from '@hono/node-server'
import Router from '@koa/router'
import { Controller, Get, HttpException, Module, type Type } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import express, { type ErrorRequestHandler, type NextFunction, type RequestHandler } from 'express'
import express4 from 'express4'
import fastify from 'fastify'
import { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import Koa from 'koa'
import mount from 'koa-mount'
import type { Connect, Watchers } from './watchers.ts'

/** Answers 409: every application maps it so. */
class Conflict extends Error {
  override readonly name = 'Conflict'
}

/** What is asked for, and what comes of it; `undefined` where the framework has no route. */
export interface Expected {
  readonly path: string
  readonly status: number
  readonly route: string | undefined
}

export interface Running {
  readonly url: string
  close(): Promise<unknown>
}

export interface Application {
  readonly name: string
  start(watchers: Watchers): Promise<Running>
  readonly requests: readonly Expected[]
}

const at = (path: string, status: number, route: string | undefined): Expected => ({
  path,
  status,
  route,
})

/** The same in all frameworks, but for how a wildcard is written. */
const common = (wildcard: (prefix: string) => string): Expected[] => [
  // Static beside parameter beside wildcard: the one that answers, though the others match too.
  at('/users/me', 200, '/users/me'),
  at('/users/42', 200, '/users/:id'),
  at('/elsewhere/42', 200, wildcard('')),
  at('/teams/7/files/8', 200, '/teams/:team/files/:file'),
  at('/teams/7/files', 200, '/teams/:team/files'),
  // Errors, which the application maps to a status.
  at('/users/42/boom', 500, '/users/:id/boom'),
  at('/users/42/conflict', 409, '/users/:id/conflict'),
  at('/users/42/denied', 401, '/users/:id/denied'),
  at('/teams/7/conflict/9', 409, '/teams/:team/conflict/:id'),
]

/** A handler that lets others answer, and one that nobody comes after. */
const passing: Expected[] = [
  at('/pass/on/7', 200, '/pass/:way/:id'),
  at('/pass/away/7', 404, '/pass/:way/:id'),
]

const listening = async (listener: RequestListener): Promise<Running> => {
  const { url, close } = await listen(listener)
  return { url, close }
}

function expressApplication(create: typeof express, name: string): Application {
  const answer: RequestHandler = (_req, res) => void res.end('ok')
  const wildcard = create === express ? '/{*rest}' : '/*'
  const failWith =
    (make: () => Error): RequestHandler =>
    (_req, _res, next) =>
      next(make())
  return {
    name,
    requests: [
      ...common((prefix) => `${prefix}${wildcard}`),
      ...passing,
      at('/guarded/7', 401, undefined),
      at('/shop/items/7', 200, '/shop/items/:item'),
      at('/shop/lost/7', 404, undefined),
    ],
    start(watchers) {
      const app = create()
      for (const watch of watchers.connect) app.use(watch)
      app.use('/guarded', (_req, res) => void res.status(401).end())
      app.get('/guarded/:id', answer)
      app.get('/users/me', answer)
      app.get('/users/:id', answer)
      app.get('/users/:id/boom', () => {
        throw new Error('boom')
      })
      app.get(
        '/users/:id/conflict',
        failWith(() => new Conflict('taken')),
      )
      app.get(
        '/users/:id/denied',
        failWith(() => Object.assign(new Error('who'), { status: 401 })),
      )
      const teams = create.Router({ mergeParams: true })
      const files = create.Router({ mergeParams: true })
      files.get('/', answer)
      files.get('/:file', answer)
      teams.use('/files', files)
      teams.get(
        '/conflict/:id',
        failWith(() => new Conflict('taken')),
      )
      app.use('/teams/:team', teams)
      const shop = create()
      shop.get('/items/:item', answer)
      shop.use((_req, res) => void res.status(404).end())
      app.use('/shop', shop)
      app.get('/pass/on/:id', (_req, _res, next) => next())
      app.get('/pass/:way/:id', (req, res, next: NextFunction) =>
        req.params.way === 'on' ? void res.end('ok') : next(),
      )
      app.use('/pass', (_req, res) => void res.status(404).end())
      app.get(wildcard, answer)
      app.use(((error, _req, res, _next) => {
        const status = error instanceof Conflict ? 409 : (error.status ?? 500)
        res.status(status).end()
      }) as ErrorRequestHandler)
      return listening(app)
    },
  }
}

const fastifyApplication: Application = {
  name: 'Fastify 5',
  requests: [
    ...common((prefix) => `${prefix}/*`),
    // Fastify knows the route before its hooks run.
    at('/guarded/7', 401, '/guarded/:id'),
    at('/shop/items/7', 200, '/shop/items/:item'),
    at('/shop/lost/7', 404, '/shop/*'),
  ],
  async start(watchers) {
    const app = fastify()
    app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) =>
      reply.code(error instanceof Conflict ? 409 : (error.statusCode ?? 500)).send(),
    )
    for (const watch of watchers.fastify) app.addHook('onRequest', watch)
    const answer = async () => 'ok'
    app.get('/guarded/:id', { preHandler: (_req, reply) => void reply.code(401).send() }, answer)
    app.get('/users/me', answer)
    app.get('/users/:id', answer)
    app.get('/users/:id/boom', async () => {
      throw new Error('boom')
    })
    app.get('/users/:id/conflict', async () => {
      throw new Conflict('taken')
    })
    app.get('/users/:id/denied', async () => {
      throw Object.assign(new Error('who'), { statusCode: 401 })
    })
    await app.register(
      async (teams) => {
        teams.get('/conflict/:id', async () => {
          throw new Conflict('taken')
        })
        await teams.register(
          async (files) => {
            files.get('/', answer)
            files.get('/:file', answer)
          },
          { prefix: '/files' },
        )
      },
      { prefix: '/teams/:team' },
    )
    await app.register(
      async (shop) => {
        shop.get('/items/:item', answer)
        shop.get('/*', (_request, reply) => reply.callNotFound())
      },
      { prefix: '/shop' },
    )
    app.get('/*', answer)
    const url = await app.listen({ port: 0, host: '127.0.0.1' })
    return { url, close: () => app.close() }
  },
}

const koaApplication: Application = {
  name: 'Koa and @koa/router',
  requests: [
    ...common((prefix) => `${prefix}/{*rest}`),
    ...passing,
    at('/guarded/7', 401, undefined),
    at('/shop/items/7', 200, '/shop/items/:item'),
    at('/shop/lost/7', 404, undefined),
    at('/shop/inner/deep/7', 200, '/shop/inner/deep/:id'),
  ],
  start(watchers) {
    const app = new Koa()
    app.silent = true
    for (const watch of watchers.koa) app.use(watch as never)
    app.use(async (ctx, next) => {
      try {
        await next()
      } catch (error) {
        if (!(error instanceof Conflict)) throw error
        ctx.status = 409
      }
    })
    const answer: Koa.Middleware = (ctx) => {
      ctx.body = 'ok'
    }
    const guarded = new Router({ prefix: '/guarded' })
    guarded.use((ctx) => ctx.throw(401))
    guarded.get('/:id', answer)
    const users = new Router()
    users.get('/users/me', answer)
    users.get('/users/:id', answer)
    users.get('/users/:id/boom', () => {
      throw new Error('boom')
    })
    users.get('/users/:id/conflict', () => {
      throw new Conflict('taken')
    })
    users.get('/users/:id/denied', (ctx) => ctx.throw(401))
    const files = new Router()
    files.get('/', answer)
    files.get('/:file', answer)
    const teams = new Router({ prefix: '/teams/:team' })
    teams.use('/files', files.routes())
    teams.get('/conflict/:id', () => {
      throw new Conflict('taken')
    })
    const passing = new Router()
    passing.get('/pass/on/:id', (_ctx, next) => next())
    passing.get('/pass/:way/:id', (ctx, next) =>
      ctx['params'].way === 'on' ? answer(ctx, next) : next(),
    )
    const items = new Router()
    items.get('/items/:item', answer)
    const deep = new Router()
    deep.get('/deep/:id', answer)
    const inner = new Koa().use(deep.routes())
    const shop = new Koa().use(items.routes()).use(mount('/inner', inner))
    shop.use((ctx) => {
      ctx.status = 404
    })
    const rest = new Router()
    rest.get('/{*rest}', answer)
    for (const router of [guarded, users, teams, passing]) app.use(router.routes())
    app.use(mount('/shop', shop))
    app.use((ctx, next) => (ctx.path.startsWith('/pass') ? undefined : next()))
    app.use(rest.routes())
    return listening(app.callback())
  },
}

const honoApplication: Application = {
  name: 'Hono 4',
  requests: [
    ...common((prefix) => `${prefix}/*`),
    ...passing,
    at('/guarded/7', 401, undefined),
    at('/thrown/7', 401, undefined),
    at('/shop/items/7', 200, '/shop/items/:item'),
    at('/own/items/7', 418, '/own/items/:item'),
    at('/everything/7', 200, '/everything/*'),
    at('/foreign/items/7', 200, '/foreign/*'),
    at('/string/7', 500, '/string/:id'),
  ],
  async start(watchers) {
    const app = new Hono()
    for (const watch of watchers.hono) app.use(watch as never)
    app.use('/guarded/*', async (c, _next) => c.text('no', 401))
    app.use('/thrown/*', async (_c, _next) => {
      throw new HTTPException(401)
    })
    app.use('/users/*', (_c, next) => next())
    app.get('/guarded/:id', (c) => c.text('ok'))
    app.get('/thrown/:id', (c) => c.text('ok'))
    app.get('/users/me', (c) => c.text('ok'))
    app.get('/users/:id', (c) => c.text('ok'))
    app.get('/users/:id/boom', () => {
      throw new Error('boom')
    })
    app.get('/users/:id/conflict', () => {
      throw new Conflict('taken')
    })
    app.get('/users/:id/denied', () => {
      throw new HTTPException(401)
    })
    app.get('/string/:id', () => {
      throw 'not an error'
    })
    const files = new Hono().get('/', (c) => c.text('ok')).get('/:file', (c) => c.text('ok'))
    const teams = new Hono().route('/files', files).get('/conflict/:id', () => {
      throw new Conflict('taken')
    })
    app.route('/teams/:team', teams)
    app.route(
      '/shop',
      new Hono().get('/items/:item', (c) => c.text('ok')),
    )
    const own = new Hono()
    own.onError((_error, c) => c.text('own', 418))
    own.get('/items/:item', () => {
      throw new Error('own')
    })
    app.route('/own', own)
    app.all('/everything/*', (c) => c.text('ok'))
    app.mount('/foreign', () => new Response('ok'))
    app.get('/pass/on/:id', (_c, next) => next())
    app.get('/pass/:way/:id', async (c, next) => {
      if (c.req.param('way') === 'on') return c.text('ok')
      return next()
    })
    app.use('/pass/*', async (c, _next) => c.notFound())
    app.get('*', (c) => c.text('ok'))
    app.onError((error, c) => {
      if (error instanceof HTTPException) return error.getResponse()
      return c.text('failed', error instanceof Conflict ? 409 : 500)
    })
    const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' })
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as { port: number }
    const close = () => new Promise((resolve) => server.close(resolve))
    return { url: `http://127.0.0.1:${port}`, close }
  },
}

type Method = () => unknown
const decorate = (decorator: MethodDecorator, prototype: object, name: string) =>
  decorator(prototype, name, Object.getOwnPropertyDescriptor(prototype, name) as never)

/** Controllers as decorators make them, which the tests do without. */
function nestModule(wildcard: string): Type {
  const fail = (error: Error) => () => {
    throw error
  }
  const ok = () => 'ok'
  const handlers: readonly (readonly [path: string, handler: Method])[] = [
    ['/users/me', ok],
    ['/users/:id', ok],
    ['/users/:id/boom', fail(new Error('boom'))],
    ['/users/:id/conflict', fail(new HttpException('taken', 409))],
    ['/users/:id/denied', fail(new HttpException('who', 401))],
    ['/teams/:team/files', ok],
    ['/teams/:team/files/:file', ok],
    ['/teams/:team/conflict/:id', fail(new HttpException('taken', 409))],
    [wildcard, ok],
  ]
  class Root {}
  for (const [index, [path, handler]] of handlers.entries()) {
    const name = `handler${index}`
    // A function of its own each: Nest keeps the path on it.
    Object.assign(Root.prototype, { [name]: () => handler() })
    decorate(Get(path), Root.prototype, name)
  }
  Controller()(Root)
  class App {}
  Module({ controllers: [Root] })(App)
  return App
}

const nestOnExpress: Application = {
  name: 'Nest on Express',
  requests: common((prefix) => `${prefix}/{*rest}`),
  async start(watchers) {
    const app = await NestFactory.create(nestModule('/{*rest}'), { logger: false })
    app.use(...watchers.connect)
    await app.listen(0, '127.0.0.1')
    return { url: await app.getUrl(), close: () => app.close() }
  },
}

const nestOnFastify: Application = {
  name: 'Nest on Fastify',
  requests: common((prefix) => `${prefix}/*`),
  async start(watchers) {
    const adapter = new FastifyAdapter()
    const app = await NestFactory.create(nestModule('/*'), adapter as never, { logger: false })
    for (const watch of watchers.fastify) {
      adapter.getInstance().addHook('onRequest', watch as never)
    }
    await app.listen(0, '127.0.0.1')
    return { url: await app.getUrl(), close: () => app.close() }
  },
}

/** A router written by hand, which tells the route to the record of the request. */
const bareApplication: Application = {
  name: 'node:http',
  requests: [
    at('/users/me', 200, '/users/me'),
    at('/users/42', 200, '/users/{id}'),
    at('/users/42/boom', 500, '/users/{id}/boom'),
    at('/users/42/conflict', 409, '/users/{id}/conflict'),
    at('/nowhere', 404, undefined),
  ],
  start(watchers) {
    const routes: readonly [RegExp, string, number][] = [
      [/^\/users\/me$/, '/users/me', 200],
      [/^\/users\/[^/]+$/, '/users/{id}', 200],
      [/^\/users\/[^/]+\/boom$/, '/users/{id}/boom', 500],
      [/^\/users\/[^/]+\/conflict$/, '/users/{id}/conflict', 409],
    ]
    const handler: Connect = (req, res) => {
      const found = routes.find(([pattern]) => pattern.test(req.url ?? ''))
      const record = recordOf(req)
      if (found !== undefined) record.route = found[1]
      const status = found?.[2] ?? 404
      if (status > 404) record.error = new Error('boom')
      res.writeHead(status).end()
    }
    const server = createServer((req, res) => {
      const run = (index: number): void => {
        const watch = watchers.connect[index] ?? handler
        watch(req, res, () => run(index + 1))
      }
      run(0)
    })
    return listening(server as never)
  },
}

export const applications: readonly Application[] = [
  bareApplication,
  expressApplication(express4 as never, 'Express 4'),
  expressApplication(express, 'Express 5'),
  fastifyApplication,
  koaApplication,
  honoApplication,
  nestOnExpress,
  nestOnFastify,
]
