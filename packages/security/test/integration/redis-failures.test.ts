import { once } from 'node:events'
import * as security from '@clew/security'
import { type Database, startRedis } from '@clew/testing'
import { describeWith } from '@clew/testing/programs'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { type Service, serve } from '../support/service.ts'

const { key } = security.issueApiKey({ owner: 'nobody' })

describeWith('redis-server', 'failures in Redis', () => {
  let server: Database
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.close())

  const services: Service[] = []
  const closes: (() => unknown)[] = []
  afterEach(async () => {
    await Promise.all(services.splice(0).map((service) => service.close()))
    await Promise.all(closes.splice(0).map((close) => close()))
  })

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

  async function start(
    client: security.NodeRedisClient | security.IoRedisClient,
    prefix: string,
    failures: security.FailureLimitOptions = {},
  ): Promise<Service> {
    const other = security.issueApiKey({ owner: 'owner' }).record
    const scheme = security.apiKey('key', { keys: [other] })
    const store = security.redisFailures(client, { prefix })
    const service = await serve(scheme, {
      failures: { max: 5, store, storeTimeoutMs: 2_000, ...failures },
    })
    services.push(service)
    return service
  }

  const guess = async (service: Service) => (await service.ask({ 'x-api-key': key })).status
  const count = (statuses: readonly number[], status: number) =>
    statuses.filter((each) => each === status).length

  describe.each(['redis', 'ioredis'] as const)('with a client of %s', (name) => {
    test('two instances share a limit, also for guesses at the same time', async () => {
      const [one, two] = [
        await start(await clients[name](), `${name}:a:`),
        await start(await clients[name](), `${name}:a:`),
      ]
      const guesses = Array.from({ length: 40 }, (_, index) => guess(index % 2 ? one : two))
      const statuses = await Promise.all(guesses)
      expect([count(statuses, 401), count(statuses, 429)]).toEqual([5, 35])
      const answer = await one.ask({ 'x-api-key': key })
      expect(answer.status).toBe(429)
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(30)
    })

    test('honest clients leave nothing behind', async () => {
      const client = await clients[name]()
      const scheme = security.basic('basic', { verify: () => true, cacheMs: 0 })
      const store = security.redisFailures(client, { prefix: `${name}:b:` })
      const service = await serve(scheme, { failures: { max: 2, store, storeTimeoutMs: 2_000 } })
      services.push(service)
      const asked = Array.from({ length: 12 }, (_, index) =>
        service.ask({ authorization: `Basic ${btoa(`user${index}:x`)}` }),
      )
      const statuses = (await Promise.all(asked)).map(({ status }) => status)
      expect(count(statuses, 200)).toBe(12)
      await new Promise((resolve) => setImmediate(resolve))
      const keys = await (client as unknown as Redis).keys(`${name}:b:*`)
      expect(keys).toEqual([])
    })

    test('a window ends in Redis, too', async () => {
      const client = await clients[name]()
      const service = await start(client, `${name}:c:`, { max: 1 })
      expect([await guess(service), await guess(service)]).toEqual([401, 429])
      const [counter = ''] = await (client as unknown as Redis).keys(`${name}:c:*`)
      expect(counter).toMatch(/^(io)?redis:c:address:(127\.0\.0\.1|::\/64)$/)
      const lasts = Number(await (client as unknown as Redis).ttl(counter))
      expect(lasts).toBeGreaterThan(30)
      expect(lasts).toBeLessThanOrEqual(60)
    })
  })

  test.each(['redis', 'ioredis'] as const)(
    '%s: stopped under load, each instance counts alone and says so; started again, all count together',
    async (name) => {
      const client = await clients[name]()
      const service = await start(client, `${name}:d:`, { max: 1_000_000, storeTimeoutMs: 200 })
      const types = () => service.reports.map(({ type }) => type)
      const reported = async (type: string) => {
        while (!types().includes(type)) statuses.push(await guess(service))
      }
      const statuses: number[] = []
      for (let asked = 0; asked < 5; asked++) statuses.push(await guess(service))
      await server.stop()
      await reported('security.failures_local')
      // Two a second at most wait for a store that is down: the others are answered at once.
      for (let asked = 0; asked < 50; asked++) statuses.push(await guess(service))
      await server.start()
      await reported('security.failures_shared')
      expect(new Set(statuses)).toEqual(new Set([401]))
      expect(types().filter((type) => !/denied|transport/.test(type))).toEqual([
        'security.failures_local',
        'security.failures_shared',
      ])
    },
  )

  test('while Redis is down, the limit holds in each instance', async () => {
    const client = await clients.redis()
    const service = await start(client, 'e:', { max: 5, storeTimeoutMs: 50 })
    expect([await guess(service), await guess(service)]).toEqual([401, 401])
    await server.stop()
    const statuses: number[] = []
    for (let asked = 0; asked < 6; asked++) statuses.push(await guess(service))
    // What was counted before is not forgotten.
    expect(statuses).toEqual([401, 401, 401, 429, 429, 429])
    await server.start()
  })

  test('while Redis hangs, too, and few requests wait for it', async () => {
    const client = await clients.redis()
    const service = await start(client, 'f:', { max: 5, storeTimeoutMs: 50 })
    expect([await guess(service), await guess(service)]).toEqual([401, 401])
    await server.pause()
    const statuses: number[] = []
    for (let asked = 0; asked < 6; asked++) statuses.push(await guess(service))
    expect(statuses).toEqual([401, 401, 401, 429, 429, 429])
    const local = service.reports.filter(({ type }) => type === 'security.failures_local')
    expect(local.map(({ fields }) => fields)).toEqual([{ error: 'ETIMEDOUT' }])
    await server.resume()
  })
})

test.each([
  [undefined, {}, 'client must be a client of redis or ioredis; received undefined'],
  [{}, {}, 'client must be a client of redis or ioredis; received an object'],
  [{ eval() {} }, { prefix: '' }, 'prefix must be 1 to 64 printable ASCII characters; received ""'],
  [{ eval() {} }, { prefiks: 'x' }, 'unknown option "prefiks"'],
])('%j with %j is refused', (client, options, message) => {
  expect(() => security.redisFailures(client as never, options as never)).toThrow(
    `security.redisFailures: ${message}`,
  )
})
