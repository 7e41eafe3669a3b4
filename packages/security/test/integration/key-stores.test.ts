import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import * as security from '@clew/security'
import { type Database, startRedis } from '@clew/testing'
import { startPostgres } from '@clew/testing/postgres'
import { describeWith } from '@clew/testing/programs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import pg from 'pg'
import { createClient } from 'redis'
import { type Service, serve } from '../support/service.ts'

/** A store, and its real server. */
interface Stand {
  readonly store: security.ApiKeyRepository
  /** Two of the same data, as two instances have them. */
  readonly other: security.ApiKeyRepository
}

const services: Service[] = []
afterEach(async () => {
  await Promise.all(services.splice(0).map((service) => service.close()))
})
async function start(store: security.ApiKeyStore, options: Partial<security.ApiKeyOptions> = {}) {
  const service = await serve(security.apiKey('key', { store, ...options } as never), {
    failures: false,
  })
  services.push(service)
  const ask = async (key: string) => {
    const { status, body, headers } = await service.ask({ 'x-api-key': key })
    return { status, body, retryAfter: headers['retry-after'], reason: service.reason }
  }
  return { ask, types: () => service.reports.map(({ type }) => type), reports: service.reports }
}

function behaves(stand: () => Stand): void {
  test('a key that is stored lets in, with everything that its record says', async () => {
    const { store, other } = stand()
    const { key, record } = security.issueApiKey({
      owner: "o'neill",
      scopes: ['read', 'a b', 'ü'],
      prefix: 'acme_live',
      expiresInMs: 60_000,
    })
    await store.insert(record)
    expect(await other.get(record.id)).toEqual(record)
    const { ask } = await start(other)
    expect(await ask(key)).toMatchObject({
      status: 200,
      body: { subject: "o'neill", scopes: ['read', 'a b', 'ü'], claims: { key_id: record.id } },
    })
    expect(await ask(security.issueApiKey({ owner: 'x' }).key)).toMatchObject({
      status: 401,
      reason: 'unknown_key',
    })
  })

  test('a record that is there already, and what is no record, is not stored', async () => {
    const { store } = stand()
    const { key, record } = security.issueApiKey({ owner: 'first' })
    await store.insert(record)
    await expect(store.insert({ ...record, owner: 'second' })).rejects.toMatchObject({
      code: 'ERR_SECURITY_KEY_EXISTS',
    })
    expect((await store.get(record.id))?.owner).toBe('first')
    for (const wrong of [key, { ...record, key }, { ...record, owner: '' }, undefined]) {
      const failed = await store.insert(wrong as never).catch((error: unknown) => error)
      expect(failed).toMatchObject({ code: 'ERR_SECURITY_OPTION' })
      expect(String(failed)).not.toContain(key)
    }
  })

  test('a key that is revoked is refused at once, and revoked once', async () => {
    const { store, other } = stand()
    const { key, record } = security.issueApiKey({ owner: 'x' })
    await store.insert(record)
    const { ask } = await start(store)
    expect(await ask(key)).toMatchObject({ status: 200 })
    expect(await other.revoke(record.id)).toBe(true)
    expect(await other.revoke(record.id)).toBe(false)
    expect(await other.revoke('abcdefghijkl')).toBe(false)
    expect(await ask(key)).toMatchObject({ status: 401, reason: 'revoked' })
    const [listed] = await store.list('x')
    expect(Date.parse(listed?.revokedAt ?? '')).toBeGreaterThan(Date.now() - 60_000)
  })

  test('after a rotation both keys let in; one of two rotations at once wins', async () => {
    const { store, other } = stand()
    const first = security.issueApiKey({ owner: 'rotating', expiresInMs: 3_600_000 })
    await store.insert(first.record)
    const found = await other.get(first.record.id)
    const second = security.rotateApiKey(found ?? first.record)
    const rival = security.rotateApiKey(first.record)
    expect(await store.rotate(second.record)).toBe(true)
    expect(await other.rotate(rival.record)).toBe(false)
    const { ask } = await start(store)
    expect(await ask(first.key)).toMatchObject({ status: 200 })
    expect(await ask(second.key)).toMatchObject({ status: 200 })
    expect(await ask(rival.key)).toMatchObject({ status: 401 })
    await store.revoke(first.record.id)
    expect(await store.rotate(security.rotateApiKey(second.record).record)).toBe(false)
    await expect(store.rotate(first.record)).rejects.toMatchObject({ code: 'ERR_SECURITY_OPTION' })
    expect(await ask(second.key)).toMatchObject({ status: 401, reason: 'revoked' })
  })

  test('an owner has keys, the newest first; another has none', async () => {
    const { store } = stand()
    const records = [3, 1, 2].map((age) => ({
      ...security.issueApiKey({ owner: 'lister' }).record,
      createdAt: new Date(Date.now() - age * 60_000).toISOString(),
    }))
    for (const record of records) await store.insert(record)
    const [oldest, newest, middle] = records
    expect(await store.list('lister')).toEqual([newest, middle, oldest])
    expect(await store.list('nobody')).toEqual([])
  })

  test('the last use is stored after the request, once a minute, and never goes back', async () => {
    const { store, other } = stand()
    const { key, record } = security.issueApiKey({ owner: 'user' })
    await store.insert(record)
    let calls = 0
    let told: () => void = () => {}
    const wasTold = new Promise<void>((resolve) => {
      told = resolve
    })
    const { ask } = await start({
      get: (id) => store.get(id),
      async used(id, at) {
        calls++
        await store.used(id, at)
        told()
      },
    })
    for (let asked = 0; asked < 5; asked++) expect((await ask(key)).status).toBe(200)
    await wasTold
    expect(calls).toBe(1)
    const before = (await other.get(record.id))?.lastUsedAt
    expect(Date.parse(before ?? '')).toBeGreaterThan(Date.now() - 60_000)
    await other.used(record.id, new Date(0))
    expect((await store.get(record.id))?.lastUsedAt).toBe(before)
    await store.used('abcdefghijkl', new Date())
    expect(await store.get('abcdefghijkl')).toBeUndefined()
    // What it is revoked by, or rotated to, does not change it.
    await store.rotate(security.rotateApiKey(record).record)
    expect((await store.get(record.id))?.lastUsedAt).toBe(before)
  })
}

describe('in memory', () => {
  const store = security.memoryApiKeys()
  behaves(() => ({ store, other: store }))

  test('with records from the beginning', async () => {
    const { record } = security.issueApiKey({ owner: 'x' })
    expect(await security.memoryApiKeys([record]).get(record.id)).toEqual(record)
    expect(() => security.memoryApiKeys([record, record])).toThrow(/must be new/)
  })
})

describeWith('postgres', 'in PostgreSQL', () => {
  let server: Awaited<ReturnType<typeof startPostgres>>
  let pool: pg.Pool
  let store: security.ApiKeyRepository
  let other: security.ApiKeyRepository
  const [schema = ''] =
    /(?<=```sql\n)[^`]*/.exec(
      readFileSync(new URL('../../docs/api-keys.md', import.meta.url), 'utf8'),
    ) ?? []
  beforeAll(async () => {
    server = await startPostgres()
    pool = new pg.Pool({ connectionString: server.url, max: 4 })
    // A connection that the server ends is no error of anybody.
    pool.on('error', () => {})
    await pool.query(schema)
    store = security.postgresApiKeys(pool)
    other = security.postgresApiKeys(pool)
  })
  afterAll(async () => {
    await pool.end()
    await server.close()
  })

  behaves(() => ({ store, other }))

  test('the definition in the docs can be run again, and in a schema of its own', async () => {
    await pool.query(schema)
    await pool.query(`create schema app; set search_path to app; ${schema}; reset search_path`)
    const own = security.postgresApiKeys(pool, { table: 'app.api_keys' })
    const { record } = security.issueApiKey({ owner: 'app' })
    await own.insert(record)
    expect([await own.list('app'), await store.list('app')]).toEqual([[record], []])
  })

  test('nothing that is stored is run', async () => {
    const owner = `'; drop table api_keys; --`
    await store.insert(security.issueApiKey({ owner, scopes: [`"]'`] }).record)
    expect(await store.list(owner)).toHaveLength(1)
  })

  test('a table that is locked: 503, after the time that was given', async () => {
    const { key, record } = security.issueApiKey({ owner: 'x' })
    await store.insert(record)
    const { ask, types } = await start(store, { timeoutMs: 100 })
    const client = await pool.connect()
    await client.query('begin; lock table api_keys in access exclusive mode')
    expect(await ask(key)).toMatchObject({
      status: 503,
      retryAfter: '5',
      reason: 'store_timed_out',
    })
    await client.query('rollback')
    client.release()
    await expect(ask(key)).resolves.toMatchObject({ status: 200 })
    expect(types().filter((type) => /key_store/.test(type))).toEqual([
      'security.key_store_down',
      'security.key_store_up',
    ])
  })

  test('a server that crashes: 503, and keys again when it is back', async () => {
    const { key, record } = security.issueApiKey({ owner: 'x' })
    await store.insert(record)
    const { ask, reports } = await start(store)
    expect(await ask(key)).toMatchObject({ status: 200 })
    await server.stop()
    expect(await ask(key)).toMatchObject({ status: 503, retryAfter: '5', reason: 'store_failed' })
    await server.start()
    let answer = await ask(key)
    while (answer.status === 503) answer = await ask(key)
    expect(answer.status).toBe(200)
    const down = reports.filter(({ type }) => type === 'security.key_store_down')
    expect(down).toHaveLength(1)
  })
})

describeWith('redis-server', 'in Redis', () => {
  let server: Database
  const closes: (() => unknown)[] = []
  beforeAll(async () => {
    server = await startRedis()
  })
  afterEach(async () => {
    await Promise.all(closes.splice(0).map((close) => close()))
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

  describe.each(['redis', 'ioredis'] as const)('with a client of %s', (name) => {
    let stand: Stand
    beforeEach(async () => {
      const prefix = `{${name}}:`
      stand = {
        store: security.redisApiKeys(await clients[name](), { prefix }),
        other: security.redisApiKeys(await clients[name](), { prefix }),
      }
    })

    behaves(() => stand)

    test.each(['stopped', 'hanging'])('a server that is %s: 503; then keys again', async (how) => {
      const { store } = stand
      const { key, record } = security.issueApiKey({ owner: 'x' })
      const { ask } = await start(store, { timeoutMs: 200 })
      await store.insert(record)
      expect(await ask(key)).toMatchObject({ status: 200 })
      if (how === 'stopped') await server.stop()
      else await server.pause()
      expect(await ask(key)).toMatchObject({ status: 503, retryAfter: '5' })
      if (how === 'stopped') {
        await server.start()
        let stored = false
        while (!stored)
          stored = await store.insert(record).then(
            () => true,
            () => false,
          )
      } else await server.resume()
      let answer = await ask(key)
      while (answer.status === 503) answer = await ask(key)
      expect(answer.status).toBe(200)
    })
  })
})

test.each([
  [() => security.postgresApiKeys({} as never), 'client must be a pool or client of pg'],
  [
    () => security.postgresApiKeys({ query() {} } as never, { table: 'a; drop table b' }),
    'table must be a name of lower-case letters, digits and _; received "a; drop table b"',
  ],
  [() => security.redisApiKeys({} as never), 'client must be a client of redis or ioredis'],
  [() => security.redisApiKeys({ eval() {} } as never, { prefix: '' }), 'prefix must be'],
])('%s: %s', (make, message) => {
  expect(make).toThrow(message)
})
