import 'reflect-metadata'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import * as log from '@clew/log'
import { listen } from '@clew/testing'
import { serve } from '@hono/node-server'
import { afterEach, describe, expect, test } from '@jest/globals'
import { type MiddlewareConsumer, Module, type NestModule } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import express from 'express'
import express4 from 'express4'
import fastify from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import { Pool } from 'undici'
import { memory } from '../memory.ts'

// Each framework as its users write it, under many requests at once over kept-alive connections.
const requests = 10_000
const atOnce = 200
const timeoutMs = 300_000

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

/**
 * What a handler does: logs where it starts, where the body of the request ends, behind a wait, and
 * through a logger made elsewhere. Returns the status: every tenth request fails, half of those
 * with an error line of their own.
 */
async function work(
  request: IncomingMessage,
  id: string,
  captured: log.Logger,
  body: Promise<unknown> = ended(request, id),
): Promise<number> {
  log.info('start', { own: id })
  log.set({ closing: id })
  await body
  const number = Number(id)
  await [
    () => new Promise((resolve) => setTimeout(resolve, number % 7)),
    () => new Promise(setImmediate),
    () => new Promise<void>((resolve) => process.nextTick(resolve)),
    () => Promise.resolve(),
  ][number % 4]?.()
  captured.info('captured', { own: id })
  if (number % 20 === 0) log.error('failed', { own: id })
  return number % 10 === 0 ? 500 : 200
}

function ended(request: IncomingMessage, id: string): Promise<void> {
  return new Promise((resolve) => {
    request.on('end', () => {
      log.info('body', { own: id })
      resolve()
    })
    request.resume()
  })
}

const expected = (id: number) => [
  'start',
  'body',
  'captured',
  ...(id % 20 === 0 ? ['failed'] : []),
  'end',
]

type Start = (watch: log.Middleware, captured: log.Logger) => Promise<string>

const serveListener = async (listener: RequestListener) => {
  const server = await listen(listener)
  closers.push(server.close)
  return server.url
}

const frameworks: Record<string, Start> = {
  'node:http': (watch, captured) =>
    serveListener((req, res) =>
      watch(req, res, async () => {
        res.statusCode = await work(req, req.url?.slice(1) ?? '', captured)
        res.end()
      }),
    ),

  'Express 5': (watch, captured) => {
    const app = express().use(watch)
    app.post('/:id', async (req, res) => {
      res.status(await work(req, req.params.id, captured)).end()
    })
    return serveListener(app)
  },

  'Express 4': (watch, captured) => {
    const app = express4().use(watch)
    app.post('/:id', (req, res, next) => {
      work(req, req.params.id ?? '', captured).then((status) => res.status(status).end(), next)
    })
    return serveListener(app)
  },

  Fastify(watch, captured) {
    const app = fastify({ logger: false })
    app.addHook('onRequest', (request, reply, done) => watch(request.raw, reply.raw, () => done()))
    // The body is read before the handler runs.
    const bodies = new WeakMap<IncomingMessage, Promise<void>>()
    app.addContentTypeParser('*', (request, payload, done) => {
      const id = request.url.slice(1)
      bodies.set(request.raw, ended(payload, id))
      done(null)
    })
    app.post<{ Params: { id: string } }>('/:id', async (request, reply) => {
      const status = await work(request.raw, request.params.id, captured, bodies.get(request.raw))
      return reply.code(status).send('')
    })
    closers.push(() => app.close())
    return app.listen({ port: 0, host: '127.0.0.1' })
  },

  Koa(watch, captured) {
    const app = new Koa()
    app.use(
      (ctx, next) =>
        new Promise((resolve, reject) => {
          watch(ctx.req, ctx.res, () => next().then(resolve, reject))
        }),
    )
    app.use(async (ctx) => {
      ctx.status = await work(ctx.req, ctx.path.slice(1), captured)
      ctx.body = ''
    })
    return serveListener(app.callback())
  },

  Hono(watch, captured) {
    type Env = { Bindings: { incoming: IncomingMessage; outgoing: ServerResponse } }
    const app = new Hono<Env>()
    app.use(
      (c, next) =>
        new Promise((resolve, reject) => {
          watch(c.env.incoming, c.env.outgoing, () => next().then(resolve, reject))
        }),
    )
    app.post('/:id', async (c) => {
      const status = await work(c.env.incoming, c.req.param('id'), captured)
      return c.body('', status as 200)
    })
    return new Promise((resolve) => {
      const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) =>
        resolve(`http://127.0.0.1:${port}`),
      )
      closers.push(() => new Promise((done) => server.close(done)))
    })
  },

  async Nest(watch, captured) {
    class Root implements NestModule {
      configure(consumer: MiddlewareConsumer) {
        consumer
          .apply(watch, async (req: IncomingMessage, res: ServerResponse) => {
            const { originalUrl } = req as IncomingMessage & { readonly originalUrl: string }
            res.statusCode = await work(req, originalUrl.slice(1), captured)
            res.end()
          })
          .forRoutes('*path')
      }
    }
    Module({})(Root)
    const app = await NestFactory.create(Root, { logger: false, bodyParser: false })
    await app.listen(0, '127.0.0.1')
    closers.push(() => app.close())
    return (await app.getUrl()).replace('[::1]', '127.0.0.1')
  },
}

/**
 * Sends them all, `atOnce` at a time, each with a body and an id; returns the answers that are not
 * what was asked for.
 */
async function sendAll(url: string): Promise<unknown[]> {
  const pool = new Pool(url, { connections: atOnce })
  closers.unshift(() => pool.close())
  const wrong: unknown[] = []
  let next = 0
  const send = async () => {
    while (next < requests) {
      const id = next++
      const { statusCode, headers, body } = await pool.request({
        path: `/${id}`,
        method: 'POST',
        headers: { 'x-request-id': `${id}`, 'content-type': 'text/x-log' },
        body: `body of ${id}`,
      })
      await body.dump()
      if (statusCode !== (id % 10 ? 200 : 500) || headers['x-request-id'] !== `${id}`) {
        wrong.push({ id, statusCode, answered: headers['x-request-id'] })
      }
    }
  }
  await Promise.all(Array.from({ length: atOnce }, send))
  return wrong
}

describe.each(Object.entries(frameworks))('in %s', (_name, start) => {
  test(
    `the lines of ${requests} interleaved requests never mix, and only those of failed ones are written`,
    async () => {
      const { logger, lines } = memory()
      const url = await start(logger.http(), logger.child({ part: 'captured outside' }))
      expect(await sendAll(url)).toEqual([])

      const written = new Map<string, string[]>()
      const mixed: unknown[] = []
      for (const line of lines) {
        const id = String(line.fields['request_id'])
        const messages = written.get(id) ?? []
        messages.push(line.msg)
        written.set(id, messages)
        const own = line.msg === 'end' ? line.fields['closing'] : line.fields['own']
        if (own !== id || line.fields['http.url'] !== `/${id}`) mixed.push(line)
      }
      expect(mixed).toEqual([])
      const failed = Array.from({ length: requests / 10 }, (_, index) => index * 10)
      expect(new Set(written.keys())).toEqual(new Set(failed.map(String)))
      expect(failed.map((id) => written.get(`${id}`))).toEqual(failed.map(expected))
      expect(logger.dropped).toBe(0)
    },
    timeoutMs,
  )
})
