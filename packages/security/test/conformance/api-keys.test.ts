import { createHash } from 'node:crypto'
import * as security from '@clew/security'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { type Service, serve } from '../support/service.ts'

// Attacks: API keys.

let service: Service | undefined
let issued: security.IssuedApiKey
beforeEach(() => {
  issued = security.issueApiKey({ owner: 'reporting', scopes: ['read'], prefix: 'acme_live' })
})
afterEach(async () => {
  await service?.close()
  service = undefined
})

async function start(options: Partial<security.ApiKeyOptions>) {
  const started = await serve(security.apiKey('api_key', options as never), { failures: false })
  service = started
  return async (key: string | string[]) => started.ask({ 'x-api-key': key })
}
const storeOf = (record: unknown) => ({ get: jest.fn(() => record as security.ApiKeyRecord) })
const inMs = (ms: number) => new Date(Date.now() + ms).toISOString()

test('a key looks like this, and the record holds its hash only', () => {
  expect(issued.key).toMatch(/^acme_live_[0-9A-Za-z]{12}_[0-9A-Za-z]{32}_[0-9A-Za-z]{6}$/)
  expect(issued.record).toEqual({
    id: issued.key.split('_')[2],
    hash: createHash('sha256').update(issued.key).digest('hex'),
    prefix: 'acme_live',
    owner: 'reporting',
    scopes: ['read'],
    createdAt: expect.any(String),
  })
})

test('a right key: the owner is the subject', async () => {
  const ask = await start({ keys: [issued.record] })
  expect((await ask(issued.key)).body).toEqual({
    scheme: 'api_key',
    subject: 'reporting',
    scopes: ['read'],
    claims: { key_id: issued.record.id },
  })
})

test('a wrong form or checksum: 401, and the store is not asked', async () => {
  const store = storeOf(issued.record)
  const ask = await start({ store })
  const { key } = issued
  const flipped = key.slice(0, -8) + (key.at(-8) === 'a' ? 'b' : 'a') + key.slice(-7)
  const wrong = [
    'x',
    key.slice(1, 20),
    `${key}0`,
    key.slice(0, -1),
    flipped,
    'x'.repeat(5_000),
    `${key}\u00e9`,
  ]
  for (const text of wrong) {
    const answer = await ask(text)
    expect([answer.status, service?.reason]).toEqual([401, 'bad_form'])
  }
  expect(store.get).not.toHaveBeenCalled()
})

test('an unknown id and a wrong secret have the same answer', async () => {
  const stranger = security.issueApiKey({ owner: 'x' })
  const other = security.issueApiKey({ owner: 'y' })
  const ask = await start({ keys: [issued.record, { ...other.record, hash: issued.record.hash }] })
  const answers = [await ask(stranger.key), await ask(other.key)]
  expect(answers[0]).toMatchObject({ status: 401 })
  expect(answers[0]?.body).toEqual(answers[1]?.body)
})

describe('keys that are not valid now', () => {
  test.each([
    ['revoked', { revokedAt: inMs(0) }, 'revoked'],
    ['revoked, whatever the date says', { revokedAt: 'yesterday' }, 'revoked'],
    ['expired', { expiresAt: inMs(-1) }, 'expired'],
    ['of an expiry that cannot be read', { expiresAt: 'soon' }, 'expired'],
    ['not yet valid', { notBefore: inMs(60_000) }, 'not_yet_valid'],
    ['of a start that cannot be read', { notBefore: '?' }, 'not_yet_valid'],
  ])('a key that is %s: 401', async (_title, more, reason) => {
    const ask = await start({ keys: [{ ...issued.record, ...more }] })
    const answer = await ask(issued.key)
    expect([answer.status, service?.reason]).toEqual([401, reason])
  })

  test('after a rotation both keys count for a while', async () => {
    const next = security.rotateApiKey(issued.record, { overlapMs: 60_000 })
    const ask = await start({ keys: [next.record] })
    expect([(await ask(issued.key)).status, (await ask(next.key)).status]).toEqual([200, 200])
  })

  test('after the overlap only the new one does', async () => {
    const next = security.rotateApiKey(issued.record, { overlapMs: 0 })
    const ask = await start({ keys: [next.record] })
    expect([(await ask(issued.key)).status, (await ask(next.key)).status]).toEqual([401, 200])
  })
})

test('a key in the URL is no credential', async () => {
  await start({ keys: [issued.record] })
  for (const name of ['api_key', 'X-Api-Key', 'key']) {
    expect((await fetch(`${service?.url}/?${name}=${issued.key}`)).status).toBe(401)
  }
})

test('two keys are a 400, also if they are the same', async () => {
  const ask = await start({ keys: [issued.record] })
  expect((await ask([issued.key, 'x'])).status).toBe(400)
  expect((await ask([issued.key, issued.key])).status).toBe(400)
})

describe('a store', () => {
  test('that throws is a 503, without its message', async () => {
    const ask = await start({
      store: {
        get: () => {
          throw new Error('password at db')
        },
      },
    })
    const answer = await ask(issued.key)
    expect([answer.status, answer.headers['retry-after'], service?.reason]).toEqual([
      503,
      '5',
      'store_failed',
    ])
    expect(JSON.stringify([answer.body, service?.reports])).not.toContain('password')
  })

  test('that does not answer is a 503', async () => {
    const ask = await start({ store: { get: () => new Promise(() => {}) }, timeoutMs: 30 })
    expect([(await ask(issued.key)).status, service?.reason]).toEqual([503, 'store_timed_out'])
  })
})

test.each([
  ['another id', { id: 'AAAAAAAAAAAA' }],
  ['a short hash', { hash: 'ab' }],
  ['no hash', { hash: undefined }],
  ['a hash in capitals', { hash: 'A'.repeat(64) }],
  ['a hash that is a list', { hash: [1] }],
])('a store that answers with %s: 401', async (_title, more) => {
  const ask = await start({ store: storeOf({ ...issued.record, ...more }) })
  expect((await ask(issued.key)).status).toBe(401)
})

test.each([[undefined], [null], [{}], ['x']])('a store that answers %j: 401', async (answer) => {
  const ask = await start({ store: storeOf(answer) })
  expect((await ask(issued.key)).status).toBe(401)
})

test('an id is 12 letters and digits: __proto__ never reaches a store', async () => {
  const store = storeOf(issued.record)
  const ask = await start({ store })
  expect((await ask(issued.key.replace(issued.record.id, '__proto__'))).status).toBe(401)
  expect(store.get).not.toHaveBeenCalled()
})

test('options that cannot be meant are refused', () => {
  const make = (options: object) => () => security.apiKey('api_key', options as never)
  expect(make({})).toThrow(/either keys or store/)
  expect(make({ keys: [], store: { get: () => undefined } })).toThrow(/either keys or store/)
  expect(make({ keys: [], name: 'Authorization' })).toThrow(/not Authorization/)
  expect(make({ keys: [], name: 'X Key' })).toThrow(/name must be a header/)
  expect(make({ keys: [], in: 'query' })).toThrow(
    /in must be one of header, bearer, either, cookie; received "query"/,
  )
  expect(make({ keys: [{ id: 'x', hash: 'y' }] })).toThrow(
    /keys\[0\] must be a record that issueApiKey has made/,
  )
  expect(() => security.issueApiKey({ owner: '' })).toThrow(/owner/)
  expect(() => security.issueApiKey({ owner: 'x', prefix: 'a b' })).toThrow(/prefix/)
})

describe('records', () => {
  const record = security.issueApiKey({ owner: 'ada' }).record
  const make = (keys: unknown) => () => security.apiKey('key', { keys: keys as never })

  test.each([
    ['an unknown property', { ...record, revoked_at: '2026-01-01' }, 'unknown property revoked_at'],
    ['a property that may be a key', { ...record, 'acme_live-x y': 1 }, '(unknown property)'],
    ['no owner', { ...record, owner: undefined }, 'owner'],
    ['an empty owner', { ...record, owner: '' }, 'owner'],
    ['an owner that is no text', { ...record, owner: 7 }, 'owner'],
    ['a key instead of its hash', { ...record, hash: 'acme_secret' }, 'hash'],
    ['scopes that are a text', { ...record, scopes: 'read write' }, 'scopes'],
    ['an expiry that is a number', { ...record, expiresAt: 1_800_000_000 }, 'expiresAt'],
    ['no time of creation', { ...record, createdAt: undefined }, 'createdAt'],
    ['a previous key without an end', { ...record, previous: [{ hash: record.hash }] }, 'previous'],
    ['another prefix', { ...record, prefix: 'a b' }, 'prefix'],
  ])('with %s: refused', (_title, bad, message) => {
    expect(make([record, bad])).toThrow(message)
    expect(make([record, bad])).not.toThrow('acme')
  })

  test('two with one id are refused', () => {
    expect(make([record, record])).toThrow(/keys\[1\]\.id must be different from those before it/)
  })

  test.each([
    ['an unknown property', { revoked_at: '2026-01-01' }],
    ['no owner', { owner: null }],
  ])('a store that answers with %s lets nobody in, and counts no failure', async (_title, more) => {
    const { key, record: stored } = security.issueApiKey({ owner: 'ada' })
    const scheme = security.apiKey('key', {
      store: { get: () => ({ ...stored, ...more }) as never },
    })
    const started = await serve(scheme, { failures: { max: 1 } })
    for (let count = 0; count < 3; count++) {
      expect((await started.ask({ 'x-api-key': key })).status).toBe(401)
      expect(started.reason).toBe('bad_record')
    }
    await started.close()
  })

  test('of a database: columns that are null, and dates', async () => {
    const { key, record: stored } = security.issueApiKey({ owner: 'ada' })
    const row = {
      ...stored,
      createdAt: new Date(),
      expiresAt: new Date(Date.now() + 60_000),
      previous: null,
      notBefore: null,
      revokedAt: null,
      rotatedAt: null,
    }
    const scheme = security.apiKey('key', { store: { get: () => row as never } })
    const started = await serve(scheme)
    expect((await started.ask({ 'x-api-key': key })).status).toBe(200)
    await started.close()
  })
})

describe('rotation', () => {
  const hour = 3_600_000
  const at = (ms: number) => new Date(ms).toISOString()

  test('keeps the prefix, and renews the expiry', () => {
    const old = security.issueApiKey({ owner: 'ada', prefix: 'acme_live', expiresInMs: 48 * hour })
    // Made 40 hours ago.
    const created = Date.now() - 40 * hour
    const aged = { ...old.record, createdAt: at(created), expiresAt: at(created + 48 * hour) }
    const { key, record } = security.rotateApiKey(aged, { overlapMs: 24 * hour })
    expect(key).toMatch(/^acme_live_/)
    expect(Date.parse(record.expiresAt ?? '') - Date.now()).toBeGreaterThan(47 * hour)
    expect(record.createdAt).toBe(aged.createdAt)
    // The old key ends when it would have ended: in 8 hours, not in 24.
    expect(record.previous).toEqual([{ hash: old.record.hash, until: aged.expiresAt }])
    const again = security.rotateApiKey(record, { prefix: 'acme_test', expiresInMs: hour })
    expect(again.key).toMatch(/^acme_test_/)
    expect(Date.parse(again.record.expiresAt ?? '') - Date.now()).toBeLessThanOrEqual(hour)
  })

  test('a key that never expires goes on so', () => {
    const { record } = security.rotateApiKey(security.issueApiKey({ owner: 'ada' }).record)
    expect(record.expiresAt).toBeUndefined()
  })

  test('a second one leaves the first two alive for their overlap', async () => {
    const one = security.issueApiKey({ owner: 'ada' })
    const two = security.rotateApiKey(one.record)
    const three = security.rotateApiKey(two.record)
    const started = await serve(security.apiKey('key', { keys: [three.record] }))
    const statuses: number[] = []
    for (const { key } of [one, two, three]) {
      statuses.push((await started.ask({ 'x-api-key': key })).status)
    }
    await started.close()
    expect(statuses).toEqual([200, 200, 200])
    const over = security.rotateApiKey(two.record, { overlapMs: 0 })
    const after = await serve(security.apiKey('key', { keys: [over.record] }))
    expect((await after.ask({ 'x-api-key': two.key })).status).toBe(401)
    expect((await after.ask({ 'x-api-key': one.key })).status).toBe(200)
    await after.close()
  })

  test('has a limit, and needs a record that is not revoked', () => {
    let { record } = security.issueApiKey({ owner: 'ada' })
    for (let count = 0; count < 8; count++) record = security.rotateApiKey(record).record
    expect(() => security.rotateApiKey(record)).toThrow(/fewer than 8 earlier keys/)
    const revoked = { ...record, previous: [], revokedAt: at(0) }
    expect(() => security.rotateApiKey(revoked)).toThrow(/record must be not revoked/)
    expect(() => security.rotateApiKey({} as never)).toThrow(/record must be a record that/)
  })
})
