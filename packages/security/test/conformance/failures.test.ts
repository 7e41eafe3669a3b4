import { once } from 'node:events'
import { Agent, type ClientRequest, request } from 'node:http'
import * as security from '@clew/security'
import { afterEach, describe, expect, test } from '@jest/globals'
import { type Service, serve } from '../support/service.ts'
import { audience, issuer, makeKey, token } from '../support/tokens.ts'

// Who is blocked for what, and who is not, over real connections.

const services: Service[] = []
afterEach(async () => {
  await Promise.all(services.splice(0).map((service) => service.close()))
})

async function start(policy: security.Policy, options: Partial<security.SecurityOptions> = {}) {
  const service = await serve(policy, { trustedProxies: ['127.0.0.1'], ...options })
  services.push(service)
  return service
}

const from = (address: string) => ({ 'x-forwarded-proto': 'https', 'x-forwarded-for': address })
const basic = (user: string, password: string) => ({
  authorization: `Basic ${btoa(`${user}:${password}`)}`,
})

/** A promise with its resolver. */
function createSignal() {
  let give = (): void => {}
  const given = new Promise<void>((resolve) => {
    give = resolve
  })
  return { given, give: () => give() }
}

describe('no guesses', () => {
  const attempts = 6
  const failures = { max: 2 }

  test('a tab that polls with an expired token, or one for somebody else, blocks nobody', async () => {
    const key = await makeKey()
    const jwks = { keys: [key.jwk] }
    const jwt = security.jwt('jwt', { issuers: [{ issuer, audience, jwks }] })
    const service = await start(jwt, { failures })
    const tokens = [
      await token(key, { exp: 1_000_000_000, iat: 999_999_000 }),
      await token(key, { aud: 'https://other.test' }),
      await token(key, { iss: 'https://other.test' }),
      await token(key, {}, { kid: 'not-fetched-yet' }),
      'not.a.token',
    ]
    for (const each of tokens) {
      for (let count = 0; count < attempts; count++) {
        const { status } = await service.ask({ authorization: `Bearer ${each}` })
        expect(status).toBe(401)
      }
    }
    const good = await service.ask({ authorization: `Bearer ${await token(key)}` })
    expect(good.status).toBe(200)
  })

  test('a bad signature is a guess', async () => {
    const [key, other] = [await makeKey('k1'), await makeKey('k1')]
    const jwks = { keys: [key.jwk] }
    const jwt = security.jwt('jwt', { issuers: [{ issuer, audience, jwks }] })
    const service = await start(jwt, { failures })
    const authorization = `Bearer ${await token(other)}`
    const statuses: number[] = []
    for (let count = 0; count < 3; count++) {
      statuses.push((await service.ask({ authorization })).status)
    }
    expect(statuses).toEqual([401, 401, 429])
  })

  test.each(['keys', 'store'] as const)(
    'a revoked, an expired and a future key block nobody (%s)',
    async (place) => {
      const issue = (more: Partial<security.ApiKeyRecord>) => {
        const { key, record } = security.issueApiKey({ owner: 'ada' })
        return { key, record: { ...record, ...more } }
      }
      const good = issue({})
      const bad = [
        issue({ revokedAt: '2026-01-01T00:00:00Z' }),
        issue({ expiresAt: '2026-01-01T00:00:00Z' }),
        issue({ notBefore: '2126-01-01T00:00:00Z' }),
      ]
      const keys = [good, ...bad].map(({ record }) => record)
      const store = { get: (id: string) => keys.find((record) => record.id === id) }
      const scheme = security.apiKey('key', place === 'keys' ? { keys } : { store })
      const service = await start(scheme, { failures })
      for (const { key } of [...bad, { key: 'no key at all' }]) {
        for (let count = 0; count < attempts; count++) {
          expect((await service.ask({ 'x-api-key': key })).status).toBe(401)
        }
      }
      expect((await service.ask({ 'x-api-key': good.key })).status).toBe(200)
      const unknown = security.issueApiKey({ owner: 'eve' }).key
      const statuses: number[] = []
      for (let count = 0; count < 3; count++) {
        statuses.push((await service.ask({ 'x-api-key': unknown })).status)
      }
      expect(statuses).toEqual([401, 401, 429])
    },
  )
})

describe('users', () => {
  const verify = (_user: string, password: string) => password === 'right'

  test('strangers cannot lock a user out, from however many addresses', async () => {
    const service = await start(security.basic('basic', { verify }), {
      failures: { max: 3, maxPerUser: 3, slowMs: 1 },
    })
    for (let host = 0; host < 20; host++) {
      const headers = { ...basic('ada', `guess ${host}`), ...from(`203.0.113.${host}`) }
      expect((await service.ask(headers)).status).toBe(401)
    }
    const ada = { ...basic('ada', 'right'), ...from('198.51.100.1') }
    expect((await service.ask(ada)).status).toBe(200)
  })

  test('who fails for one user may still be another one behind the same address', async () => {
    const service = await start(security.basic('basic', { verify }), {
      failures: { max: 30, maxPerUser: 3 },
    })
    const statuses: number[] = []
    for (let count = 0; count < 5; count++) {
      statuses.push((await service.ask(basic('script', 'old password'))).status)
    }
    expect(statuses).toEqual([401, 401, 401, 429, 429])
    expect((await service.ask(basic('ada', 'right'))).status).toBe(200)
  })

  test('spellings of one name, which the owner of the users may take for one, count together', async () => {
    const service = await start(security.basic('basic', { verify }), {
      failures: { maxPerUser: 3 },
    })
    const statuses: number[] = []
    for (const name of ['ada', 'Ada', '\uff41da', 'ADA']) {
      const token = Buffer.from(`${name}:wrong`).toString('base64')
      statuses.push((await service.ask({ authorization: `Basic ${token}` })).status)
    }
    expect(statuses).toEqual([401, 401, 401, 429])
  })

  test('behind NAT64, one client of IPv4 does not block another', async () => {
    const service = await start(security.basic('basic', { verify }), { failures: { max: 3 } })
    for (const status of [401, 401, 401, 429]) {
      const headers = { ...basic('ada', 'wrong'), ...from('64:ff9b::192.0.2.1') }
      expect((await service.ask(headers)).status).toBe(status)
    }
    const other = { ...basic('eve', 'right'), ...from('64:ff9b::192.0.2.2') }
    expect((await service.ask(other)).status).toBe(200)
  })
})

test('of 38 guesses at the same time no more are tried than may fail', async () => {
  let tried = 0
  const verify = async () => {
    tried++
    return false
  }
  const service = await start(
    security.basic('basic', { verify, concurrency: 64, maxWaiting: 1_000 }),
    { failures: { max: 5, maxPerUser: 5 } },
  )
  const guesses = Array.from({ length: 38 }, (_, index) =>
    service.ask(basic(`user${index}`, 'guess')),
  )
  const statuses = (await Promise.all(guesses)).map(({ status }) => status)
  expect(tried).toBe(5)
  expect(statuses.filter((status) => status === 429)).toHaveLength(33)
})

describe('one client with many connections', () => {
  test('gets 429 for its own guesses, and all others are served', async () => {
    const tried: string[] = []
    const verify = async (user: string, password: string) => {
      await new Promise(setImmediate)
      tried.push(user)
      return password === 'right'
    }
    const scheme = security.basic('basic', { verify, maxWaiting: 8, cacheMs: 0 })
    const service = await start(scheme, { failures: { max: 10, maxPerUser: 10 } })
    const attacks = Array.from({ length: 200 }, (_, index) =>
      service.ask({ ...basic(`victim${index % 50}`, `${index}`), ...from('203.0.113.66') }),
    )
    const honest = Array.from({ length: 43 }, (_, index) =>
      service.ask({ ...basic(`honest${index}`, 'right'), ...from(`198.51.100.${index}`) }),
    )
    const served = (await Promise.all(honest)).map(({ status }) => status)
    const refused = (await Promise.all(attacks)).map(({ status }) => status)
    expect(served.filter((status) => status === 200).length).toBeGreaterThanOrEqual(8)
    expect(refused.filter((status) => status === 401).length).toBeLessThanOrEqual(10)
    expect(tried.filter((user) => user.startsWith('victim')).length).toBeLessThanOrEqual(10)
    const after = await service.ask({ ...basic('victim', 'x'), ...from('203.0.113.66') })
    expect(after.status).toBe(429)
  })

  test('a client that has left costs no check', async () => {
    const gate = createSignal()
    const checked: string[] = []
    const verify = async (user: string) => {
      checked.push(user)
      await gate.given
      return true
    }
    const scheme = security.basic('basic', { verify, concurrency: 1, timeoutMs: 60_000 })
    const service = await start(scheme, { failures: false })
    const agent = new Agent({ keepAlive: false })
    const send = (user: string): ClientRequest =>
      request(service.url, { agent, headers: basic(user, 'x') }).on('error', () => {})
    const first = service.ask(basic('first', 'x'))
    while (checked.length === 0) await new Promise(setImmediate)
    const gone = Array.from({ length: 5 }, (_, index) => send(`gone${index}`))
    const arrived = gone.map((each) => {
      each.end()
      return once(each, 'finish')
    })
    await Promise.all(arrived)
    // An answer on a later connection shows that those before it were read.
    const probe = await service.ask({})
    expect(probe.status).toBe(401)
    const closed = gone.map((each) => new Promise((resolve) => each.on('close', resolve)))
    for (const each of gone) each.destroy()
    await Promise.all(closed)
    expect((await service.ask({})).status).toBe(401)
    const last = service.ask(basic('last', 'x'))
    expect((await service.ask({})).status).toBe(401)
    gate.give()
    expect([(await first).status, (await last).status]).toEqual([200, 200])
    expect(checked).toEqual(['first', 'last'])
  })

  test('checks that take too long are counted', async () => {
    const verify = () => new Promise<boolean>(() => {})
    const scheme = security.basic('basic', { verify, timeoutMs: 20, concurrency: 64 })
    const service = await start(scheme, { failures: { max: 3, maxPerUser: 3 } })
    const statuses: number[] = []
    for (let count = 0; count < 5; count++) {
      statuses.push((await service.ask(basic('ada', `${count}`))).status)
    }
    expect(statuses).toEqual([503, 503, 503, 429, 429])
  })

  test('a check that never ends gives its place back', async () => {
    let calls = 0
    const verify = () => (++calls <= 2 ? new Promise<boolean>(() => {}) : true)
    const scheme = security.basic('basic', { verify, timeoutMs: 20, concurrency: 2 })
    const service = await start(scheme, { failures: false })
    expect((await service.ask(basic('a', 'x'))).status).toBe(503)
    expect((await service.ask(basic('b', 'x'))).status).toBe(503)
    expect((await service.ask(basic('c', 'x'))).status).toBe(200)
  })
})

test('the same password from two addresses is checked for each: one may be blocked', async () => {
  const gate = createSignal()
  let calls = 0
  const verify = async () => {
    calls++
    await gate.given
    return true
  }
  const service = await start(security.basic('basic', { verify }), { failures: { max: 1 } })
  const answers = ['203.0.113.1', '203.0.113.1', '203.0.113.2'].map((address) =>
    service.ask({ ...basic('ada', 'right'), ...from(address) }),
  )
  while (calls < 2) await new Promise(setImmediate)
  gate.give()
  expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200])
  expect(calls).toBe(2)
})
