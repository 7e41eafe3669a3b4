import 'reflect-metadata'
import type { IncomingMessage, ServerResponse } from 'node:http'
import * as log from '@clew/log'
import { listen } from '@clew/testing'
import { serve } from '@hono/node-server'
import { afterEach, describe, expect, test } from '@jest/globals'
import { type MiddlewareConsumer, Module, type NestModule } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import { memory } from '../memory.ts'

// Each framework as its users write it; 100 requests at a time, of which every tenth fails.
const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()))
})

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Logs before and after a wait, and says how the request should end. */
async function work(id: string | undefined): Promise<number> {
  log.info('before', { own: id })
  await wait(Number(id) % 7)
  log.info('after', { own: id })
  return Number(id) % 10 === 0 ? 500 : 200
}

const frameworks: Record<string, (watch: log.Middleware) => Promise<string>> = {
  async express(watch) {
    const app = express().use(watch)
    app.get('/:id', async (req, res) => {
      res.status(await work(req.params.id)).end()
    })
    const server = await listen(app)
    closers.push(server.close)
    return server.url
  },

  async fastify(watch) {
    const app = fastify({ logger: false })
    app.addHook('onRequest', (request, reply, done) => watch(request.raw, reply.raw, () => done()))
    app.get<{ Params: { id: string } }>('/:id', async (request, reply) =>
      reply.code(await work(request.params.id)).send(''),
    )
    closers.push(() => app.close())
    return app.listen({ port: 0, host: '127.0.0.1' })
  },

  async koa(watch) {
    const app = new Koa()
    app.use(
      (ctx, next) =>
        new Promise((resolve, reject) => {
          watch(ctx.req, ctx.res, () => next().then(resolve, reject))
        }),
    )
    app.use(async (ctx) => {
      ctx.status = await work(ctx.path.slice(1))
      ctx.body = ''
    })
    const server = await listen(app.callback())
    closers.push(server.close)
    return server.url
  },

  async hono(watch) {
    type Env = { Bindings: { incoming: IncomingMessage; outgoing: ServerResponse } }
    const app = new Hono<Env>()
    app.use(
      (c, next) =>
        new Promise((resolve, reject) => {
          watch(c.env.incoming, c.env.outgoing, () => next().then(resolve, reject))
        }),
    )
    app.get('/:id', async (c) => c.body('', (await work(c.req.param('id'))) as 200))
    return new Promise((resolve) => {
      const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) =>
        resolve(`http://127.0.0.1:${port}`),
      )
      closers.push(() => new Promise((done) => server.close(done)))
    })
  },

  async nest(watch) {
    class Root implements NestModule {
      configure(consumer: MiddlewareConsumer) {
        consumer
          .apply(watch, async (req: { originalUrl: string }, res: ServerResponse) => {
            res.statusCode = await work(req.originalUrl.slice(1))
            res.end()
          })
          .forRoutes('*path')
      }
    }
    Module({})(Root)
    const app = await NestFactory.create(Root, { logger: false })
    await app.listen(0, '127.0.0.1')
    closers.push(() => app.close())
    return (await app.getUrl()).replace('[::1]', '127.0.0.1')
  },
}

describe.each(Object.entries(frameworks))('in %s', (_name, start) => {
  test('lines find their request, and only those of failed ones are written', async () => {
    const { logger, lines } = memory()
    const url = await start(logger.http())
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, id) =>
        fetch(`${url}/${id}`, { headers: { 'x-request-id': `${id}` } }).then(async (response) => {
          await response.text()
          return [response.status, response.headers.get('x-request-id')]
        }),
      ),
    )
    expect(answers).toEqual(Array.from({ length: 100 }, (_, id) => [id % 10 ? 200 : 500, `${id}`]))
    expect(lines).toHaveLength(30)
    for (const { msg, fields } of lines) {
      if (msg === 'end') expect(fields['http.status']).toBe(500)
      else expect(fields['own']).toBe(fields['request_id'])
    }
  })
})
