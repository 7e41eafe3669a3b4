// Real servers, with the clients that people use: down, hanging, back again.

import { setTimeout as pause } from 'node:timers/promises'
import * as health from '@clew/health'
import { type Database, startRedis } from '@clew/testing'
import { startPostgres } from '@clew/testing/postgres'
import { describeWith } from '@clew/testing/programs'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import pg from 'pg'
import { createClient } from 'redis'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const timeoutMs = 250

function checkerOf(pinger: health.Pinger) {
  const checker = health.checker([pinger], { cacheMs: 0 })
  cleanups.push(() => checker.shutdown())
  return {
    checker,
    async check() {
      const { checks } = await checker.check()
      return checks[0] as health.Check
    },
    /** Checks until it is up again: clients reconnect when they like. */
    async untilUp() {
      for (;;) {
        const [check] = (await checker.check()).checks
        if (check?.up) return
        await pause(5)
      }
    },
  }
}

const down = { up: false, error: expect.stringMatching(/./) }

describeWith('postgres', 'postgresPinger', () => {
  let database: Database
  beforeAll(async () => {
    database = await startPostgres()
  })
  afterAll(() => database.close())

  function poolOf(options: pg.PoolConfig = {}): pg.Pool {
    const pool = new pg.Pool({ connectionString: database.url, max: 3, ...options })
    // Idle connections that break would end the process.
    pool.on('error', () => {})
    cleanups.push(() => pool.end())
    return pool
  }

  test('a pool: up, and the connection is given back', async () => {
    const pool = poolOf()
    const { check } = checkerOf(health.postgresPinger('db', pool, { timeoutMs }))
    for (let i = 0; i < 10; i++) expect(await check()).toMatchObject({ up: true })
    expect(pool).toMatchObject({ totalCount: 1, idleCount: 1, waitingCount: 0 })
  })

  test('a client: up', async () => {
    const client = new pg.Client(database.url)
    await client.connect()
    cleanups.push(() => client.end())
    const { check } = checkerOf(health.postgresPinger('db', client, { timeoutMs }))
    expect(await check()).toMatchObject({ up: true })
    expect(await check()).toMatchObject({ up: true })
  })

  test('a server that hangs in a query costs the pool no connection', async () => {
    const pool = poolOf({ max: 2 })
    const { check, untilUp } = checkerOf(health.postgresPinger('db', pool, { timeoutMs }))
    expect(await check()).toMatchObject({ up: true })
    await database.pause()
    try {
      expect(await check()).toMatchObject({ up: false, code: 'ERR_HEALTH_TIMEOUT' })
      expect(pool.totalCount).toBe(0)
      // New connections hang, too: at most one of the pool waits for the server.
      for (let i = 0; i < 5; i++) expect(await check()).toMatchObject({ up: false })
      expect(pool.totalCount).toBe(1)
      expect(pool.waitingCount).toBe(0)
    } finally {
      await database.resume()
    }
    await untilUp()
    expect(await check()).toMatchObject({ up: true })
    expect(pool.idleCount).toBe(pool.totalCount)
  })

  test('a pool of which the application holds every connection: one ping waits, and no more', async () => {
    const pool = poolOf({ max: 1 })
    const { check, untilUp } = checkerOf(health.postgresPinger('db', pool, { timeoutMs }))
    const held = await pool.connect()
    expect(await check()).toMatchObject({ up: false, code: 'ERR_HEALTH_TIMEOUT' })
    expect(await check()).toMatchObject({ up: false, stuck: true })
    expect(pool.waitingCount).toBe(1)
    held.release()
    await untilUp()
    expect(pool).toMatchObject({ totalCount: 1, idleCount: 1, waitingCount: 0 })
  })

  test('a restart: down, and up again, without an uncaught error', async () => {
    const pool = poolOf()
    const { check, untilUp } = checkerOf(health.postgresPinger('db', pool, { timeoutMs }))
    expect(await check()).toMatchObject({ up: true })
    await database.stop()
    expect(await check()).toMatchObject(down)
    expect(await check()).toMatchObject({ up: false, code: 'ECONNREFUSED' })
    expect(pool.totalCount).toBe(0)
    await database.start()
    await untilUp()
  })

  test('a server that dies in the middle of a ping', async () => {
    const pool = poolOf()
    const { check } = checkerOf(health.postgresPinger('db', pool, { timeoutMs: 60_000 }))
    await check()
    await database.pause()
    const running = check()
    await database.stop()
    expect(await running).toMatchObject(down)
    expect(pool.totalCount).toBe(0)
    await database.start()
  })

  test('shutdown in the middle of a ping gives the connection back', async () => {
    const pool = poolOf()
    const { check, checker } = checkerOf(health.postgresPinger('db', pool, { timeoutMs: 60_000 }))
    await check()
    await database.pause()
    const running = check()
    // The query is on its way.
    await new Promise((resolve) => setImmediate(resolve))
    await checker.shutdown()
    await running
    expect(pool.totalCount).toBe(0)
    await database.resume()
  })
})

describeWith('redis-server', 'redisPinger', () => {
  let database: Database
  beforeAll(async () => {
    database = await startRedis()
  })
  afterAll(() => database.close())

  const clients: Record<string, () => Promise<health.RedisLike>> = {
    async redis() {
      const client = createClient({
        url: database.url,
        socket: { reconnectStrategy: () => 20 },
      })
      client.on('error', () => {})
      await client.connect()
      cleanups.push(() => client.destroy())
      return client
    },
    async ioredis() {
      const client = new Redis(database.url, {
        retryStrategy: () => 20,
        maxRetriesPerRequest: null,
      })
      client.on('error', () => {})
      cleanups.push(() => client.disconnect())
      return client
    },
  }

  for (const [name, connect] of Object.entries(clients)) {
    test(`${name}: up`, async () => {
      const { check } = checkerOf(
        health.redisPinger('cache', await connect(), { timeoutMs: 10_000 }),
      )
      expect(await check()).toMatchObject({ up: true })
    })

    test(`${name}: hangs, one ping waits, and it is up again`, async () => {
      const client = await connect()
      let pings = 0
      const counted: health.RedisLike = {
        ping() {
          pings++
          return client.ping()
        },
      }
      const { check, untilUp } = checkerOf(health.redisPinger('cache', counted, { timeoutMs }))
      await untilUp()
      await database.pause()
      const before = pings
      expect(await check()).toMatchObject({ up: false, code: 'ERR_HEALTH_TIMEOUT' })
      for (let i = 0; i < 5; i++) expect(await check()).toMatchObject({ up: false, stuck: true })
      expect(pings).toBe(before + 1)
      await database.resume()
      await untilUp()
    })

    test(`${name}: down, restarted, up again`, async () => {
      const { check, untilUp } = checkerOf(
        health.redisPinger('cache', await connect(), { timeoutMs }),
      )
      await untilUp()
      await database.stop()
      expect(await check()).toMatchObject(down)
      expect(await check()).toMatchObject(down)
      await database.start()
      await untilUp()
    })
  }

  test('redis: a ping that was not sent leaves the queue when its time is up', async () => {
    const client = createClient({ url: database.url })
    client.on('error', () => {})
    await client.connect()
    cleanups.push(() => client.destroy())
    await database.stop()
    const { check } = checkerOf(health.redisPinger('cache', client, { timeoutMs }))
    const results = [await check(), await check(), await check()]
    expect(results.map(({ stuck }) => stuck)).toEqual([false, false, false])
    await database.start()
  })
})
