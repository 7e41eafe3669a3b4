import * as security from '@clew/security'
import * as forFastify from '@clew/security/fastify'
import * as forHono from '@clew/security/hono'
import * as forKoa from '@clew/security/koa'
import * as forNest from '@clew/security/nest'
import { listen } from '@clew/testing'
import { getRequestListener } from '@hono/node-server'
import Router from '@koa/router'
import { Controller, Header, Module, Post, Req } from '@nestjs/common'
import { type AbstractHttpAdapter, NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import express5 from 'express'
import express4 from 'express4'
import fastify from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import { decorate } from './nest.ts'
import 'reflect-metadata'

/** One route, `POST /orders/:id`, that answers with the inputs its validator has made. */
export interface EchoOptions {
  readonly guard: security.Guard
  readonly validator: security.Validator
  /** Whether the framework reads and parses the body itself, where it can be told. */
  readonly parsesBody: boolean
  /** What the handler says of caching. */
  readonly cacheControl?: string
  ran(): void
}

export interface Echo {
  readonly url: string
  close(): Promise<unknown>
}

type Build = (options: EchoOptions) => Promise<Echo>

const expressApp =
  (express: typeof express5): Build =>
  async ({ guard, validator, parsesBody, cacheControl, ran }) => {
    const app = express()
    const parsers = parsesBody ? [express.json(), express.urlencoded({ extended: true })] : []
    app.post('/orders/:id', guard, ...parsers, validator, (req, res) => {
      ran()
      if (cacheControl) res.set('cache-control', cacheControl).vary('Accept')
      res.json(security.inputs(req, validator))
    })
    return listen(app)
  }

const nestApp =
  (adapter: () => AbstractHttpAdapter): Build =>
  async ({ guard, validator, parsesBody, cacheControl, ran }) => {
    class Orders {
      create(request: any) {
        ran()
        return security.inputs(request.raw ?? request, validator)
      }
    }
    Req()(Orders.prototype, 'create', 0)
    decorate(Orders, [Controller('orders')], {
      create: [
        forNest.Guarded(guard),
        forNest.Validated(validator),
        ...(cacheControl ? [Header('Cache-Control', cacheControl)] : []),
        Post(':id'),
      ],
    })
    const App = decorate(class {}, [Module({ controllers: [Orders] })])
    const options = { logger: false, bodyParser: parsesBody } as const
    const app = forNest.protect(await NestFactory.create(App, adapter(), options))
    await app.listen(0, '127.0.0.1')
    return { url: await app.getUrl(), close: () => app.close() }
  }

export const echoes: Readonly<Record<string, Build>> = {
  'node:http': async ({ guard, validator, cacheControl, ran }) =>
    listen(
      security.handler(guard, (req, res) => {
        Object.assign(req, { params: { id: new URL(req.url ?? '', 'http://a').pathname.slice(8) } })
        validator(req, res, () => {
          ran()
          if (cacheControl) res.setHeader('cache-control', cacheControl)
          res.end(JSON.stringify(security.inputs(req, validator)))
        })
      }),
    ),
  'Express 5': expressApp(express5),
  'Express 4': expressApp(express4),
  async Fastify({ guard, validator, cacheControl, ran }) {
    const app = forFastify.protect(fastify())
    app.post(
      '/orders/:id',
      { config: { security: guard }, preValidation: forFastify.validate(validator) },
      (request, reply) => {
        ran()
        if (cacheControl) reply.header('cache-control', cacheControl)
        return security.inputs(request.raw, validator)
      },
    )
    const url = await app.listen({ port: 0, host: '127.0.0.1' })
    return { url, close: () => app.close() }
  },
  async Koa({ guard, validator, parsesBody, cacheControl, ran }) {
    const app = forKoa.protect(new Koa())
    const router = new Router()
    // What the usual parsers do.
    const parse: Koa.Middleware = async (koa, next) => {
      let text = ''
      if (parsesBody) for await (const chunk of koa.req) text += String(chunk)
      try {
        if (text !== '') Object.assign(koa.request, { body: JSON.parse(text) })
      } catch {
        return koa.throw(400)
      }
      return next()
    }
    router.post('/orders/:id', forKoa.guard(guard), parse, forKoa.validate(validator), (koa) => {
      ran()
      if (cacheControl) koa.set('cache-control', cacheControl)
      koa.body = security.inputs(koa.req, validator)
    })
    app.use(router.routes())
    return listen(app.callback())
  },
  async Hono({ guard, validator, parsesBody, cacheControl, ran }) {
    const app = forHono.protect(new Hono())
    app.post(
      '/orders/:id',
      forHono.guard(guard),
      async (hono, next) => {
        if (parsesBody) await hono.req.text()
        await next()
      },
      forHono.validate(validator),
      async (hono) => {
        ran()
        // Whoever reads the body afterwards finds it.
        await hono.req.text()
        if (cacheControl) hono.header('cache-control', cacheControl)
        return hono.json(forHono.inputs(hono, validator) as object)
      },
    )
    return listen(getRequestListener(app.fetch))
  },
  'Nest on Express': nestApp(() => new ExpressAdapter()),
  'Nest on Fastify': nestApp(() => new FastifyAdapter()),
  async fetch({ guard, validator, cacheControl, ran }) {
    const handle = security.fetchHandler(
      guard,
      () => ({ peer: '127.0.0.1' }),
      async (request) => {
        const params = { id: new URL(request.url).pathname.slice(8) }
        const given = await security.fetchInputs(validator, request, params)
        if (given instanceof Response) return given
        ran()
        return Response.json(
          given,
          cacheControl ? { headers: { 'cache-control': cacheControl } } : {},
        )
      },
    )
    return listen(getRequestListener(handle))
  },
}
