// The exception that a framework turns into a 5xx is on the span and on the log line, with one line
// of set-up; below 500 it is on neither.
import 'reflect-metadata'
import { once } from 'node:events'
import { Writable } from 'node:stream'
import * as log from '@clew/log'
import * as logForFastify from '@clew/log/fastify'
import * as logForHono from '@clew/log/hono'
import * as logForKoa from '@clew/log/koa'
import * as logForNest from '@clew/log/nest'
import { listen } from '@clew/testing'
import * as trace from '@clew/trace'
import * as forFastify from '@clew/trace/fastify'
import * as forHono from '@clew/trace/hono'
import * as forKoa from '@clew/trace/koa'
import * as forNest from '@clew/trace/nest'
import { serve } from '@hono/node-server'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { Catch, Controller, Get, HttpException, Module } from '@nestjs/common'
import { BaseExceptionFilter, NestFactory } from '@nestjs/core'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import express, { type ErrorRequestHandler } from 'express'
import express4 from 'express4'
import fastify from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'

const service = { name: 'errors' }
const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
const lines: log.Line[] = []
const spans: {
  readonly kind: number
  readonly status: { readonly code: number }
  readonly attributes: Readonly<Record<string, unknown>>
  readonly events: readonly { readonly attributes?: Readonly<Record<string, unknown>> }[]
}[] = []
const format = (line: log.Line) => {
  lines.push(line)
  return ''
}
const logger = log.create({ outputs: { to: nowhere, format } })
const options = { logger, always: true }
const logged = logger.http({ always: true })
let tracing: trace.Tracing
const closers: (() => unknown)[] = []

beforeAll(async () => {
  tracing = await trace.configure({
    service,
    sampler: 'always',
    clients: false,
    exporter: {
      export(batch, done) {
        spans.push(...batch)
        done({ code: 0 })
      },
      shutdown: async () => {},
    },
  })
})
afterAll(() => tracing.shutdown())
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

const boom = () => {
  throw new RangeError('boom')
}
const conflict = () => {
  throw Object.assign(new Error('taken'), { status: 409, statusCode: 409 })
}
const statusOf = (error: unknown) => (error as { status?: number }).status ?? 500

/** Each of the two packages has the line of set-up: one of them is enough. */
const notes = {
  trace: { ...trace, fastify: forFastify, koa: forKoa, nest: forNest },
  log: { ...log, fastify: logForFastify, koa: logForKoa, nest: logForNest },
}
type Notes = Pick<(typeof notes)['trace'], 'errors' | 'koa' | 'nest'> & {
  readonly fastify: Pick<typeof forFastify, 'errors'>
}

const onExpress = async (create: typeof express, note: Notes) => {
  const app = create()
  app.use(trace.http(), logged)
  app.get('/boom', boom)
  app.get('/conflict', conflict)
  app.use(note.errors())
  app.use(((error, _req, res, _next) => {
    res.status(statusOf(error)).end()
  }) as ErrorRequestHandler)
  const { url, close } = await listen(app)
  closers.push(close)
  return url
}

const filterOf = (adapter: unknown) => new BaseExceptionFilter(adapter as never)

class Root {
  boom() {
    return boom()
  }
  conflict() {
    throw new HttpException('taken', 409)
  }
}
for (const name of ['boom', 'conflict'] as const) {
  const descriptor = Object.getOwnPropertyDescriptor(Root.prototype, name) as never
  Get(`/${name}`)(Root.prototype, name, descriptor)
}
Controller()(Root)
class App {}
Module({ controllers: [Root] })(App)

const frameworks: Record<string, (note: Notes) => Promise<string>> = {
  'Express 5': (note) => onExpress(express, note),
  'Express 4': (note) => onExpress(express4 as never, note),
  async Fastify(note) {
    const app = fastify()
    app.addHook('onRequest', forFastify.http())
    app.addHook('onRequest', logForFastify.http(options))
    app.addHook('onError', note.fastify.errors())
    app.get('/boom', async () => boom())
    app.get('/conflict', async () => conflict())
    closers.push(() => app.close())
    return app.listen({ port: 0, host: '127.0.0.1' })
  },
  async Koa(note) {
    const app = new Koa()
    app.use(forKoa.http() as never)
    app.use(logForKoa.http(options) as never)
    // The application answers errors itself.
    app.use(async (ctx, next) => {
      try {
        await next()
      } catch (error) {
        ctx.status = statusOf(error)
      }
    })
    app.use(note.koa.errors() as never)
    app.use((ctx) => (ctx.path === '/boom' ? boom() : conflict()))
    const { url, close } = await listen(app.callback())
    closers.push(close)
    return url
  },
  async Hono() {
    const app = new Hono()
    app.use(forHono.http() as never)
    app.use(logForHono.http(options) as never)
    app.get('/boom', boom)
    app.get('/conflict', conflict)
    app.onError((error, c) => c.text('failed', statusOf(error) as 500))
    const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' })
    await once(server, 'listening')
    closers.push(() => new Promise((resolve) => server.close(resolve)))
    return `http://127.0.0.1:${(server.address() as { port: number }).port}`
  },
  async 'Nest on Express'(note) {
    const app = await NestFactory.create(App, { logger: false })
    app.use(trace.http(), logged)
    app.useGlobalFilters(note.nest.errors(filterOf(app.getHttpAdapter())))
    await app.listen(0, '127.0.0.1')
    closers.push(() => app.close())
    return app.getUrl()
  },
  async 'Nest on Fastify'(note) {
    const adapter = new FastifyAdapter()
    const app = await NestFactory.create(App, adapter as never, { logger: false })
    const instance = adapter.getInstance()
    instance.addHook('onRequest', forFastify.http() as never)
    instance.addHook('onRequest', logForFastify.http(options) as never)
    app.useGlobalFilters(note.nest.errors(filterOf(app.getHttpAdapter())))
    await app.listen(0, '127.0.0.1')
    closers.push(() => app.close())
    return app.getUrl()
  },
}

async function seen(url: string) {
  spans.length = 0
  lines.length = 0
  const { status } = await fetch(url)
  while (!lines.some(({ msg }) => msg === 'end')) await new Promise(setImmediate)
  await tracing.flush()
  return {
    status,
    span: spans.find(({ kind }) => kind === 1),
    err: lines.find(({ msg }) => msg === 'end')?.fields['err'] as { message?: string } | undefined,
  }
}

describe.each(Object.entries(frameworks))('%s', (_name, start) => {
  test.each(Object.entries(notes))(
    'a 500 has its exception on span and line, a 409 has none: errors() of %s',
    async (_name, note) => {
      const url = await start(note as Notes)
      const failed = await seen(`${url}/boom`)
      expect(failed.status).toBe(500)
      expect(failed.span?.status.code).toBe(2)
      expect(failed.span?.attributes['error.type']).toBe('500')
      expect(failed.span?.events.map(({ attributes }) => attributes?.['exception.type'])).toEqual([
        'RangeError',
      ])
      expect(failed.err?.message).toBe('boom')
      const refused = await seen(`${url}/conflict`)
      expect(refused.status).toBe(409)
      expect(refused.span?.status.code).toBe(0)
      expect(refused.span?.events).toEqual([])
      expect(refused.err).toBeUndefined()
    },
  )
})

test('Nest: a filter of the application keeps what it catches', async () => {
  class Mine extends BaseExceptionFilter {
    override catch(_exception: unknown, host: Parameters<BaseExceptionFilter['catch']>[1]) {
      host.switchToHttp().getResponse().status(418).end()
    }
  }
  Catch(RangeError)(Mine)
  const app = await NestFactory.create(App, { logger: false })
  app.useGlobalFilters(forNest.errors(logForNest.errors(new Mine())))
  await app.listen(0, '127.0.0.1')
  closers.push(() => app.close())
  expect((await fetch(`${await app.getUrl()}/boom`)).status).toBe(418)
  expect((await fetch(`${await app.getUrl()}/conflict`)).status).toBe(409)
  for (const [errors, code] of [
    [forNest.errors, 'ERR_TRACE_OPTION'],
    [logForNest.errors, 'ERR_LOG_OPTION'],
  ] as const) {
    expect(() => errors(undefined as never)).toThrow(expect.objectContaining({ code }))
  }
})
