import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as security from '@clew/security'
import { protect as protectFastify } from '@clew/security/fastify'
import { guard as honoGuard } from '@clew/security/hono'
import { guard as koaGuard } from '@clew/security/koa'
import { type Database, startRedis } from '@clew/testing'
import { describeWith } from '@clew/testing/programs'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { Router } from '@koa/router'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import { Redis } from 'ioredis'
import Koa from 'koa'
import { createClient } from 'redis'
import { createRateLimiter } from '../src/limits/rate-limit.ts'
import { rateLimitOption } from '../src/limits/rate-limit-options.ts'
import { optionCheck } from '../src/options.ts'
import { type Service, serve } from './support/service.ts'

const one = security.issueApiKey({ owner: 'acme', scopes: ['read'] })
const two = security.issueApiKey({ owner: 'acme', scopes: ['read'] })
const keys = security.apiKey('key', {
  keys: [one.record, two.record],
  scopes: { read: '', write: '' },
})
const basic = security.basic('basic', { verify: () => true })

const closes: (() => unknown)[] = []
afterEach(async () => {
  await Promise.all(closes.splice(0).map((close) => close()))
})

/** Asks a guard directly. */
const facts = { method: 'GET', url: '/', peer: '127.0.0.1' }
async function ask(guard: security.Guard, key = one.key) {
  const decision = await guard.authenticate({ ...facts, headers: { 'x-api-key': key } })
  return decision.allowed ? { status: 200, headers: decision.headers } : decision.denied
}
const statuses = async (guard: security.Guard, times: number, key = one.key) => {
  const found = []
  for (let asked = 0; asked < times; asked++) found.push((await ask(guard, key)).status)
  return found
}
const count = (all: readonly number[], status: number) =>
  all.filter((each) => each === status).length

async function start(rateLimit: security.RateLimitOptions, policy: security.Policy = keys) {
  const service = await serve(policy, { rateLimit, failures: false })
  closes.push(() => service.close())
  return service
}

describe('a limit for each credential', () => {
  test('so many requests in a window, and the client is told of it', async () => {
    const service = await start({ max: 2, windowMs: 60_000 })
    const answers = []
    for (let asked = 0; asked < 3; asked++)
      answers.push(await service.ask({ 'x-api-key': one.key }))
    const policy = '"default";q=2;w=60'
    expect(
      answers.map(({ status, headers }) => [
        status,
        headers['ratelimit-policy'],
        headers['ratelimit'],
        headers['retry-after'],
      ]),
    ).toEqual([
      [200, policy, '"default";r=1;t=60', undefined],
      [200, policy, '"default";r=0;t=60', undefined],
      [429, policy, '"default";r=0;t=60', '60'],
    ])
    expect(answers[2]).toMatchObject({
      body: { type: 'about:blank', status: 429, code: 'rate_limited' },
      headers: { 'content-type': 'application/problem+json', vary: 'X-Api-Key' },
    })
    expect(service.reason).toBe('rate_limited')
    // Another key of the same owner has its own.
    expect((await service.ask({ 'x-api-key': two.key })).status).toBe(200)
  })

  test('it is reserved first: of 40 requests at once no more pass than may', async () => {
    const service = await start({ max: 5 })
    const asked = Array.from({ length: 40 }, () => service.ask({ 'x-api-key': one.key }))
    const found = (await Promise.all(asked)).map(({ status }) => status)
    expect([count(found, 200), count(found, 429)]).toEqual([5, 35])
  })

  test('what is refused for another reason does not count, nor does an open method', async () => {
    const api = security.create({ default: keys.scopes('write'), rateLimit: { max: 1 } })
    const guard = api.method('write')
    expect(await statuses(guard, 3)).toEqual([403, 403, 403])
    expect(await statuses(api.method('read', keys), 2)).toEqual([200, 429])
    expect(await statuses(api.method('open', security.noSecurity('test')), 3)).toEqual([
      200, 200, 200,
    ])
  })

  test('users of Basic have theirs, and all schemes of an allOf together one', async () => {
    const both = security.create({ default: security.allOf(keys, basic), rateLimit: { max: 1 } })
    const api = security.create({ default: basic, rateLimit: { max: 1 } })
    const askAs = async (guard: security.Guard, user: string) => {
      const headers = { authorization: `Basic ${btoa(`${user}:x`)}`, 'x-api-key': one.key }
      const decision = await guard.authenticate({ ...facts, headers })
      return decision.allowed ? 200 : decision.denied.status
    }
    for (const guard of [api.method('a'), both.method('a')]) {
      const found = []
      for (const user of ['ada', 'ada', 'bob']) found.push(await askAs(guard, user))
      expect(found).toEqual([200, 429, 200])
    }
  })
})

describe('method replaces service replaces API', () => {
  const api = security.create({ default: keys, rateLimit: { max: 2 }, failures: false })

  test('methods without a limit of their own share that of the API', async () => {
    const shared = security.create({ default: keys, rateLimit: { max: 2 } })
    const guards = [shared.method('a'), shared.method('b'), shared.service('s').method('c')]
    const found = []
    for (const guard of guards) found.push((await ask(guard)).status)
    expect(found).toEqual([200, 200, 429])
  })

  test('a method with one counts alone, under its own name', async () => {
    const search = { rateLimit: { max: 1, windowMs: 5_000 } }
    const guard = api.service('orders').method('search', keys, search)
    expect(await ask(guard)).toMatchObject({
      headers: {
        'RateLimit-Policy': '"orders/search";q=1;w=5',
        RateLimit: '"orders/search";r=0;t=5',
      },
    })
    expect((await ask(guard)).status).toBe(429)
    // A second guard of the same method is the same method.
    expect((await ask(api.service('orders').method('search', keys, search))).status).toBe(429)
    expect((await ask(api.method('list'))).status).toBe(200)
  })

  test('a service with one', async () => {
    const users = api.service('users', undefined, { rateLimit: { max: 3 } })
    expect(await statuses(users.method('a'), 2)).toEqual([200, 200])
    expect(await statuses(users.method('b'), 2)).toEqual([200, 429])
  })

  test('false: none', async () => {
    const free = api.method('free', undefined, { rateLimit: false })
    const answer = await ask(free)
    expect(Object.keys(answer.headers ?? {})).not.toContain('RateLimit')
    expect(await statuses(free, 5)).toEqual([200, 200, 200, 200, 200])
  })

  test.each([
    [
      { rateLimit: { max: 0 } },
      'rateLimit.max must be an integer from 1 to 1000000000; received 0',
    ],
    [{ rateLimit: { max: 1, windowMs: 1 } }, 'rateLimit.windowMs must be'],
    [{ rateLimit: { maxx: 1 } }, 'unknown option "rateLimit.maxx"'],
    [{ rateLimit: 5 }, 'rateLimit must be an object or false; received 5'],
    [{ rateLimit: { max: 1, store: {} } }, 'rateLimit.store must be an object with a method take'],
    [{ limit: 1 }, 'unknown option "limit"'],
  ])('%j is refused', (options, message) => {
    expect(() => api.method('x', keys, options as never)).toThrow(`api.method: ${message}`)
  })
})

test('without room, credentials are forgotten, which is reported once', async () => {
  const service = await start({ max: 5, maxEntries: 1 })
  for (const { key } of [one, two, one]) await service.ask({ 'x-api-key': key })
  const full = service.reports.filter(({ type }) => type === 'security.rate_limits_full')
  expect(full.map(({ fields }) => fields)).toEqual([{ evicted: 1 }])
})

test('a store that answers nonsense is as good as down', async () => {
  const service = await start({ max: 1, store: { take: async () => 'yes' as never } })
  const found = []
  for (let asked = 0; asked < 2; asked++)
    found.push((await service.ask({ 'x-api-key': one.key })).status)
  expect(found).toEqual([200, 429])
  expect(service.reports.map(({ type }) => type)).toContain('security.rate_limits_local')
})

describe('every adapter tells the client', () => {
  const fields = { ratelimit: '"default";r=9;t=60', 'ratelimit-policy': '"default";q=10;w=60' }
  const guard = () => security.create({ default: keys, rateLimit: { max: 10 } }).method('list')
  const starts: Record<string, () => Promise<string>> = {
    async express() {
      const app = express().get('/', guard(), (_req, res) => void res.send('ok'))
      return own(createServer(app))
    },
    async fastify() {
      const app = protectFastify(fastify())
      app.get('/', { config: { security: guard() } as object }, async () => 'ok')
      closes.push(() => app.close())
      return app.listen({ port: 0, host: '127.0.0.1' })
    },
    async koa() {
      const router = new Router().get('/', koaGuard(guard()) as never, (ctx) => {
        ctx.body = 'ok'
      })
      return own(createServer(new Koa().use(router.routes()).callback()))
    },
    async fetch() {
      const handle = security.fetchHandler(
        guard(),
        () => ({ peer: '127.0.0.1' }),
        () => Response.json('ok'),
      )
      return own(
        createServer(async (req, res) => {
          const response = await handle(
            new Request('http://x/', { headers: req.headers as Record<string, string> }),
          )
          res.writeHead(response.status, Object.fromEntries(response.headers))
          res.end(await response.text())
        }),
      )
    },
  }
  async function own(server: Server): Promise<string> {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    closes.push(() => server.close())
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  test.each(Object.keys(starts))('%s', async (name) => {
    const url = await (starts[name] as () => Promise<string>)()
    const answer = await fetch(url, { headers: { 'x-api-key': one.key } })
    expect([answer.status, Object.fromEntries(answer.headers)]).toEqual([
      200,
      expect.objectContaining(fields),
    ])
    await answer.text()
  })

  test.each([
    ['through the context', (c: { text(body: string): Response }) => c.text('ok')],
    ['without it', () => new Response('ok')],
  ])('hono, a response made %s', async (_title, handle) => {
    const connection = () => ({ peer: '127.0.0.1' })
    const app = new Hono().get('/', honoGuard(guard(), { connection }) as never, handle as never)
    const answer = await app.request('/', { headers: { 'x-api-key': one.key } })
    expect([answer.status, Object.fromEntries(answer.headers)]).toEqual([
      200,
      expect.objectContaining(fields),
    ])
  })
})

describeWith('redis-server', 'in Redis', () => {
  let server: Database
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.close())

  const clients = {
    async redis() {
      const client = createClient({ url: server.url })
      client.on('error', () => {})
      await client.connect()
      closes.push(() => client.destroy())
      return client
    },
    async ioredis() {
      const client = new Redis(server.port, '127.0.0.1')
      client.on('error', () => {})
      await once(client, 'ready')
      closes.push(() => client.disconnect())
      return client
    },
  }
  const names = ['redis', 'ioredis'] as const

  async function instance(
    name: (typeof names)[number],
    prefix: string,
    rateLimit: Partial<security.RateLimitOptions> = {},
  ): Promise<Service> {
    const store = security.redisRateLimits(await clients[name](), { prefix })
    return start({ max: 5, storeTimeoutMs: 2_000, store, ...rateLimit })
  }
  const asks = async (service: Service) => (await service.ask({ 'x-api-key': one.key })).status

  test.each(names)('%s: two instances share a limit, also at the same time', async (name) => {
    const [first, second] = [await instance(name, `${name}:a:`), await instance(name, `${name}:a:`)]
    const asked = Array.from({ length: 40 }, (_, index) => asks(index % 2 ? first : second))
    const found = await Promise.all(asked)
    expect([count(found, 200), count(found, 429)]).toEqual([5, 35])
    const { headers } = await second.ask({ 'x-api-key': one.key })
    expect(Number(headers['retry-after'])).toBeGreaterThan(30)
    const client = await clients.ioredis()
    const [stored = '', ...more] = await client.keys(`${name}:a:*`)
    expect(more).toEqual([])
    expect(stored).not.toContain(one.record.id)
    expect(await client.ttl(stored)).toBeGreaterThan(30)
  })

  describe.each(['stopped', 'hanging'])('a server that is %s under load', (how) => {
    test.each(names)(
      '%s: each instance counts alone and says so once; then all count together again',
      async (name) => {
        const service = await instance(name, `${name}:${how}:`, {
          max: 100_000,
          storeTimeoutMs: 1_000,
        })
        const types = () => service.reports.map(({ type }) => type)
        const found: number[] = []
        let load = true
        const loop = async () => {
          while (load) found.push(await asks(service))
        }
        const loops = Array.from({ length: 4 }, loop)
        const reported = async (type: string) => {
          while (!types().includes(type)) await new Promise((resolve) => setImmediate(resolve))
        }
        while (found.length < 20) await new Promise((resolve) => setImmediate(resolve))
        if (how === 'stopped') await server.stop()
        else await server.pause()
        await reported('security.rate_limits_local')
        const before = found.length
        while (found.length < before + 50) await new Promise((resolve) => setImmediate(resolve))
        if (how === 'stopped') await server.start()
        else await server.resume()
        await reported('security.rate_limits_shared')
        load = false
        await Promise.all(loops)
        expect(new Set(found)).toEqual(new Set([200]))
        expect(types().filter((type) => /rate_limits/.test(type))).toEqual([
          'security.rate_limits_local',
          'security.rate_limits_shared',
        ])
      },
    )
  })

  test('while it is down the limit holds in each instance, with what was counted before', async () => {
    const service = await instance('redis', 'down:', { storeTimeoutMs: 50 })
    expect([await asks(service), await asks(service)]).toEqual([200, 200])
    await server.pause()
    const found = []
    for (let asked = 0; asked < 6; asked++) found.push(await asks(service))
    await server.resume()
    expect(found).toEqual([200, 200, 200, 429, 429, 429])
  })
})

test('a check costs no promise, and little time', () => {
  const limits = rateLimitOption(optionCheck('test'), { max: 1_000_000 })
  const limiter = createRateLimiter({
    subscribe: () => () => {},
    isHeard: () => false,
    report() {},
  })
  const limit = limits && limiter.create(limits, 'default', 'api')
  expect(limit?.take('key one')).toEqual({
    isExceeded: false,
    remaining: 999_999,
    resetSeconds: 60,
  })
})
