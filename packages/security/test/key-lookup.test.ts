import * as security from '@clew/security'
import { afterEach, describe, expect, jest, test } from '@jest/globals'
import { type Service, serve } from './support/service.ts'

const { key, record } = security.issueApiKey({ owner: 'x' })
const services: Service[] = []
afterEach(async () => {
  await Promise.all(services.splice(0).map((service) => service.close()))
})

/** A store that can be changed, broken and counted. */
function createStore() {
  const store = {
    found: record as security.ApiKeyRecord | undefined,
    error: undefined as unknown,
    get: jest.fn(async () => {
      if (store.error !== undefined) throw store.error
      return store.found
    }),
  }
  return store
}

async function start(
  store: security.ApiKeyStore,
  options: Partial<security.ApiKeyOptions> = {},
  failures: security.FailureLimitOptions | false = false,
) {
  const service = await serve(security.apiKey('key', { store, ...options } as never), { failures })
  services.push(service)
  const ask = async (sent = key) => (await service.ask({ 'x-api-key': sent })).status
  const reports = () =>
    service.reports
      .filter(({ type }) => !/denied|allowed|transport/.test(type))
      .map(({ type, fields }) => [type, fields])
  return { ask, reports, service }
}

describe('records that are remembered', () => {
  test('by default none is: each request asks', async () => {
    const store = createStore()
    const { ask } = await start(store)
    expect([await ask(), await ask(), store.get.mock.calls.length]).toEqual([200, 200, 2])
    store.error = new Error('down')
    expect(await ask()).toBe(503)
  })

  test('with cacheMs one look-up serves many requests', async () => {
    const store = createStore()
    const { ask } = await start(store, { cacheMs: 60_000 })
    for (let asked = 0; asked < 5; asked++) expect(await ask()).toBe(200)
    expect(store.get).toHaveBeenCalledTimes(1)
  })

  test('what seems wrong is looked up again: a key that was rotated elsewhere', async () => {
    const store = createStore()
    const { ask } = await start(store, { cacheMs: 60_000 })
    expect(await ask()).toBe(200)
    const next = security.rotateApiKey(record)
    store.found = next.record
    expect(await ask(next.key)).toBe(200)
    expect(store.get).toHaveBeenCalledTimes(2)
  })

  test('what is refused is not remembered', async () => {
    const store = createStore()
    store.found = undefined
    const { ask } = await start(store, { cacheMs: 60_000 })
    expect(await ask()).toBe(401)
    store.found = record
    expect(await ask()).toBe(200)
  })

  test('only so many', async () => {
    const others = Array.from({ length: 3 }, () => security.issueApiKey({ owner: 'x' }))
    const get = jest.fn((id: string) => others.find((each) => each.record.id === id)?.record)
    const { ask } = await start({ get }, { cacheMs: 60_000, cacheMax: 2 })
    for (const each of others) await ask(each.key)
    for (const each of [...others].reverse()) await ask(each.key)
    // The first one had been forgotten.
    expect(get).toHaveBeenCalledTimes(4)
  })
})

describe('an outage', () => {
  test('without outageMs: 503, even for keys in memory that have to be looked up', async () => {
    const store = createStore()
    const { ask } = await start(store)
    expect(await ask()).toBe(200)
    store.error = new Error('down')
    expect(await ask()).toBe(503)
  })

  test('is bridged for keys that were used lately, without waiting for the store, and said once', async () => {
    const store = createStore()
    const { ask, reports } = await start(store, { outageMs: 60_000 })
    expect(await ask()).toBe(200)
    store.error = Object.assign(new Error(`connect failed: ${key}`), { code: 'ECONNREFUSED' })
    for (let asked = 0; asked < 20; asked++) expect(await ask()).toBe(200)
    expect(await ask(security.issueApiKey({ owner: 'y' }).key)).toBe(503)
    // One that has found it down, and one for the stranger: the others did not wait.
    expect(store.get.mock.calls.length).toBeLessThan(6)
    store.error = undefined
    while (reports().length < 2) await ask()
    expect(reports()).toEqual([
      ['security.key_store_down', { error: 'ECONNREFUSED' }],
      ['security.key_store_up', { downMs: expect.any(Number) }],
    ])
  })

  test('a wrong secret, an expired key and a revoked one are not bridged', async () => {
    const store = createStore()
    const soon = new Date(Date.now() + 50).toISOString()
    store.found = { ...record, expiresAt: soon }
    const { ask } = await start(store, { outageMs: 60_000 })
    expect(await ask()).toBe(200)
    store.error = new Error('down')
    const other = security.rotateApiKey(record).key
    expect(await ask(other)).toBe(503)
    while (new Date().toISOString() <= soon) await new Promise((resolve) => setImmediate(resolve))
    expect(await ask()).toBe(503)
  })
})

describe('the last use', () => {
  const found = { get: () => record }

  test('a store that fails or hangs costs no request anything, and is reported once', async () => {
    const used = jest.fn((): Promise<void> => Promise.reject(new Error(key)))
    const { ask, reports } = await start({ ...found, used })
    expect([await ask(), await ask()]).toEqual([200, 200])
    await services[0]?.close()
    services.pop()
    expect(used).toHaveBeenCalledTimes(1)
    expect(reports()).toEqual([
      ['security.last_use_lost', { lost: 1, error: 'an error without a code' }],
    ])
  })

  test('one call at a time, and what is too much is lost and counted', async () => {
    const many = Array.from({ length: 1_200 }, () => security.issueApiKey({ owner: 'x' }))
    const table = new Map(many.map((each) => [each.record.id, each.record]))
    let running = 0
    let most = 0
    const store: security.ApiKeyStore = {
      get: (id) => table.get(id),
      async used() {
        most = Math.max(most, ++running)
        await new Promise((resolve) => setImmediate(resolve))
        running--
      },
    }
    const scheme = security.apiKey('key', { store })
    const api = security.create({ default: scheme, failures: false })
    const lost: unknown[] = []
    api.subscribe(({ type, fields }) => type === 'security.last_use_lost' && lost.push(fields))
    const guard = api.method('test')
    const decisions = many.map(async (each) =>
      guard.authenticate({
        method: 'GET',
        url: '/',
        headers: { 'x-api-key': each.key },
        peer: '127.0.0.1',
      }),
    )
    expect((await Promise.all(decisions)).every(({ allowed }) => allowed)).toBe(true)
    await api.shutdown()
    expect(most).toBe(1)
    expect(lost).toEqual([{ lost: 1, error: 'EBUSY' }])
  })
})
