// What the pingers make of clients that only look like those they are made for.

import * as health from '@clew/health'
import { describe, expect, test } from '@jest/globals'

const check = async (pinger: health.Pinger) => {
  const checker = health.checker([pinger], { cacheMs: 0 })
  const { checks } = await checker.check()
  await checker.shutdown()
  return checks[0] as health.Check
}

describe('postgresPinger', () => {
  test('anything with query() gets SELECT 1', async () => {
    const asked: unknown[] = []
    const client = { query: (...args: unknown[]) => void asked.push(args) }
    expect(await check(health.postgresPinger('db', client))).toMatchObject({ up: true })
    expect(asked).toEqual([['SELECT 1']])
  })

  test('connect() alone makes no pool: it connects a client', async () => {
    const client = { query: async () => {}, connect: () => Promise.reject(new Error('twice')) }
    expect(await check(health.postgresPinger('db', client))).toMatchObject({ up: true })
  })

  test.each<[string, () => unknown, RegExp]>([
    [
      'throws',
      () => {
        throw new Error('no pool')
      },
      /no pool/,
    ],
    ['rejects', () => Promise.reject(new Error('no pool')), /no pool/],
    ['lends nothing', () => undefined, /undefined/],
  ])('a pool that %s', async (_how, connect, message) => {
    const pool = { query() {}, connect, totalCount: 0 }
    expect(await check(health.postgresPinger('db', pool))).toMatchObject({
      up: false,
      error: expect.stringMatching(message),
    })
  })

  test.each([true, false])(
    'a connection is released once, also after a failure: %p',
    async (works) => {
      const released: unknown[] = []
      const lent = {
        query: async () => {
          if (!works) throw new Error('no such role')
        },
        release: (destroy: unknown) => released.push(destroy),
      }
      const pool = { query() {}, connect: async () => lent, totalCount: 1 }
      expect(await check(health.postgresPinger('db', pool))).toMatchObject({ up: works })
      expect(released).toEqual([!works])
    },
  )

  test('a connection that is lent too late goes back unused', async () => {
    const released: unknown[] = []
    let lend = (_connection: object) => {}
    const pool = {
      query() {},
      connect: () =>
        new Promise<object>((resolve) => {
          lend = resolve
        }),
      totalCount: 1,
    }
    const pinger = health.postgresPinger('db', pool, { timeoutMs: 5 })
    expect(await check(pinger)).toMatchObject({ code: 'ERR_HEALTH_TIMEOUT' })
    lend({
      query: () => Promise.reject(new Error('asked')),
      release: (destroy: unknown) => released.push(destroy),
    })
    await new Promise((resolve) => setImmediate(resolve))
    expect(released).toEqual([false])
  })
})

describe('redisPinger', () => {
  test('anything with ping(); what it answers does not matter', async () => {
    for (const answer of ['PONG', ['pong', ''], Promise.resolve('hello'), undefined, false]) {
      expect(await check(health.redisPinger('cache', { ping: () => answer }))).toMatchObject({
        up: true,
      })
    }
  })

  test('LOADING, NOAUTH and MISCONF are failures', async () => {
    for (const message of [
      'LOADING Redis is loading the dataset in memory',
      'NOAUTH Authentication required.',
    ]) {
      const client = { ping: () => Promise.reject(new Error(message)) }
      expect(await check(health.redisPinger('cache', client))).toMatchObject({
        up: false,
        error: message,
      })
    }
  })
})

test.each<[string, () => unknown, RegExp]>([
  [
    'no client',
    () => health.postgresPinger('db', undefined as never),
    /client must be a pool or client with the method query\(\); received undefined/,
  ],
  [
    'redis for postgres',
    () => health.postgresPinger('db', { ping() {} } as never),
    /client must be/,
  ],
  [
    'no ping',
    () => health.redisPinger('cache', {} as never),
    /client must be a client with the method ping\(\)/,
  ],
  [
    'an option',
    () => health.redisPinger('cache', { ping() {} }, { timeout: 1 } as never),
    /unknown option "timeout"/,
  ],
  [
    'an option',
    () => health.postgresPinger('db', { query() {} }, { timeoutMs: 0 }),
    /timeoutMs must be/,
  ],
])('%s', (_what, create, message) => {
  expect(create).toThrow(
    expect.objectContaining({ code: 'ERR_HEALTH_OPTION', message: expect.stringMatching(message) }),
  )
})
