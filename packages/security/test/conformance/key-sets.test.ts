import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import * as security from '@clew/security'
import { type Listening, listen } from '@clew/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { type Service, serve } from '../support/service.ts'
import { audience, issuer, makeKey, type TestKey, token } from '../support/tokens.ts'

// Attacks: keys, against a real issuer on a socket.

let first: TestKey
let second: TestKey
let idp: Listening
let fetches: number
let answer: RequestListener
let service: Service | undefined

beforeAll(async () => {
  first = await makeKey('first')
  second = await makeKey('second', 'RS256')
  idp = await listen((req, res) => {
    fetches++
    answer(req, res)
  })
})
afterAll(() => idp.close())
beforeEach(() => {
  fetches = 0
  answer = publish(first)
})
afterEach(async () => {
  await service?.close()
  service = undefined
})

// A modulus that is a power of 65537 modulo every small prime, as the Infineon library made them.
const roca = (() => {
  const primes: bigint[] = []
  for (let n = 2n; n <= 167n; n++) if (primes.every((prime) => n % prime !== 0n)) primes.push(n)
  const product = primes.reduce((a, b) => a * b, 1n)
  let power = 1n
  for (let count = 0; count < 65; count++) power = (power * 65_537n) % product
  const n = ((1n << 2047n) / product) * product + product + power
  return { kty: 'RSA', n: Buffer.from(n.toString(16), 'hex').toString('base64url'), e: 'AQAB' }
})()

const publish =
  (...keys: (TestKey | object)[]): RequestListener =>
  (_req, res) => {
    res.end(JSON.stringify({ keys: keys.map((key) => ('jwk' in key ? key.jwk : key)) }))
  }
const down: RequestListener = (_req, res) => {
  res.statusCode = 500
  res.end('{}')
}

async function start(
  jwks: Partial<security.RemoteKeysOptions> = {},
  options: Partial<security.JwtOptions> = {},
): Promise<(key: TestKey, header?: Record<string, unknown>) => Promise<number>> {
  const started = await serve(
    security.jwt('jwt', {
      issuers: [{ issuer, audience, jwks: { uri: `${idp.url}/keys`, ...jwks } }],
      ...options,
    }),
    { failures: false },
  )
  service = started
  return async (key, header) =>
    (await started.ask({ authorization: `Bearer ${await token(key, {}, header)}` })).status
}

const types = () => service?.reports.map(({ type }) => type) ?? []
const settle = (type: string) => expect(types()).toContain(type)

// The clock that measures ages moves only when a test moves it, however long the test takes; timers
// run on.
let skewMs = 0
const realNow = performance.now.bind(performance)
beforeEach(() => {
  skewMs = 0
  // Whole: sums are exact.
  const startMs = Math.floor(realNow())
  performance.now = () => startMs + skewMs
})
afterEach(() => {
  performance.now = realNow
})

test('keys are fetched once, whatever comes', async () => {
  const ask = await start()
  expect(await Promise.all([1, 2, 3, 4, 5].map(() => ask(first)))).toEqual([
    200, 200, 200, 200, 200,
  ])
  expect(fetches).toBe(1)
})

describe('an issuer that is down', () => {
  test('at boot: 503 with Retry-After, no challenge, and a report', async () => {
    answer = down
    await start()
    const got = await service?.ask({ authorization: `Bearer ${await token(first)}` })
    expect([got?.status, got?.headers['retry-after'], got?.headers['www-authenticate']]).toEqual([
      503,
      '1',
      undefined,
    ])
    expect(got?.body).toEqual({
      type: 'about:blank',
      title: 'Service Unavailable',
      status: 503,
      code: 'unavailable',
    })
    expect(service?.reports.find(({ type }) => type === 'security.keys_failed')).toMatchObject({
      level: 'error',
      fields: { uri: `${idp.url}/keys`, error: 'status 500', stale: false },
    })
  })

  test('keys that are old count for a bounded time, then 503; and after it is back, 200', async () => {
    const ask = await start(
      { maxAgeMs: 60_000, maxStaleMs: 60_000, cooldownMs: 1_000 },
      { cacheMax: 0 },
    )
    expect(await ask(first)).toBe(200)
    answer = down
    skewMs = 90_000
    expect(await ask(first)).toBe(200)
    settle('security.keys_failed')
    skewMs = 119_000
    expect(await ask(first)).toBe(200)
    skewMs = 121_000
    expect(await ask(first)).toBe(503)
    answer = publish(first)
    skewMs = 130_000
    expect(await ask(first)).toBe(200)
    settle('security.keys_recovered')
  })

  test('a token seen before does not outlive its keys', async () => {
    const ask = await start({ maxAgeMs: 60_000, maxStaleMs: 0, cooldownMs: 1_000 })
    const text = `Bearer ${await token(first)}`
    expect((await service?.ask({ authorization: text }))?.status).toBe(200)
    answer = down
    skewMs = 61_000
    expect((await service?.ask({ authorization: text }))?.status).toBe(503)
    expect(await ask(first)).toBe(503)
  })

  test('a failed fetch also starts the pause', async () => {
    answer = down
    const ask = await start()
    for (let count = 0; count < 5; count++) expect(await ask(first)).toBe(503)
    expect(fetches).toBe(1)
    skewMs = 31_000
    await ask(first)
    expect(fetches).toBe(2)
  })

  test('a connection that is refused is a 503, too', async () => {
    const closed = await listen(() => {})
    await closed.close()
    const ask = await start({ uri: `http://127.0.0.1:${closed.port}/` })
    expect(await ask(first)).toBe(503)
  })
})

describe('what an issuer may answer', () => {
  test('a slow drip is cut at the deadline', async () => {
    answer = (_req, res) => {
      res.write('{"keys":[')
      const timer = setInterval(() => res.write(' '), 20)
      res.on('close', () => clearInterval(timer))
    }
    const ask = await start({ timeoutMs: 200 })
    expect(await ask(first)).toBe(503)
  })

  test('a huge document is cut at the limit', async () => {
    let closed: Promise<unknown> | undefined
    answer = (_req, res) => {
      closed = once(res, 'close')
      const more = () => {
        while (res.write(' '.repeat(65_536)));
      }
      res.on('drain', more)
      more()
    }
    const ask = await start({ maxBytes: 100_000 })
    expect(await ask(first)).toBe(503)
    await closed
    expect(
      service?.reports.find(({ type }) => type === 'security.keys_failed')?.fields['error'],
    ).toBe('longer than 100000 bytes')
  })

  test.each([
    ['garbage', '<html>'],
    ['a list', '[]'],
    ['no keys', '{"keys":[]}'],
    ['secret keys only', '{"keys":[{"kty":"oct","k":"AAAA"}]}'],
    ['keys of no kind', '{"keys":[null,1,"x",{}]}'],
    ['too many keys', JSON.stringify({ keys: Array(65).fill({ kty: 'RSA' }) })],
  ])('%s changes nothing', async (_title, text) => {
    const ask = await start({ maxAgeMs: 60_000, cooldownMs: 1_000 }, { cacheMax: 0 })
    expect(await ask(first)).toBe(200)
    answer = (_req, res) => res.end(text)
    skewMs = 61_000
    expect(await ask(first)).toBe(200)
    settle('security.keys_failed')
  })

  test('a redirect is not followed, and its body does not count', async () => {
    answer = (req, res) => {
      if (req.url === '/keys') res.writeHead(302, { location: '/elsewhere' })
      publish(first)(req, res)
    }
    const ask = await start()
    expect(await ask(first)).toBe(503)
    expect(fetches).toBe(1)
  })

  test.each([
    ['of an unknown type', { kty: 'AKP', alg: 'ML-DSA-44', pub: 'AAAA' }],
    ['on an unknown curve', { kty: 'EC', crv: 'secp256k1', x: 'AA', y: 'AA' }],
    ['that ROCA can factor', roca],
    ['with the exponent 1', { kty: 'RSA', n: 'w'.repeat(342), e: 'AQ' }],
    ['of 1024 bits', { kty: 'RSA', n: 'w'.repeat(171), e: 'AQAB' }],
    ['with a private part', { kty: 'OKP', crv: 'Ed25519', x: 'AA', d: 'AA' }],
    ['with a kid that is no text', { kty: 'OKP', crv: 'Ed25519', x: 'AA', kid: ['first'] }],
  ])('a key %s is left out, its neighbour counts', async (_title, bad) => {
    answer = publish(bad, first)
    const ask = await start()
    expect(await ask(first)).toBe(200)
    expect(service?.reports.find(({ type }) => type === 'security.keys_changed')).toMatchObject({
      level: 'warn',
      fields: { keys: 1 },
    })
  })

  test.each([
    ['use enc', { kty: 'RSA', use: 'enc', kid: 'first', n: 'AA', e: 'AQAB' }],
    ['an algorithm for encryption', { kty: 'RSA', alg: 'RSA-OAEP-256', n: 'AA', e: 'AQAB' }],
    ['key_ops without verify', { kty: 'RSA', key_ops: ['encrypt'], n: 'AA', e: 'AQAB' }],
  ])('a key with %s is none of ours, and no reason for a warning', async (_title, foreign) => {
    answer = publish(foreign, first)
    const ask = await start({ maxAgeMs: 60_000, cooldownMs: 1_000 }, { cacheMax: 0 })
    for (const ms of [0, 61_000, 122_000]) {
      skewMs = ms
      expect(await ask(first)).toBe(200)
    }
    expect(fetches).toBe(3)
    const about = service?.reports.filter(({ type }) => type.startsWith('security.keys')) ?? []
    expect(about.map(({ type, level }) => `${type} ${level}`)).toEqual([
      'security.keys_changed info',
    ])
  })

  test('what is wrong with a key is said once, not with each fetch', async () => {
    answer = publish({ kty: 'RSA', n: 'w'.repeat(171), e: 'AQAB' }, first)
    const ask = await start({ maxAgeMs: 60_000, cooldownMs: 1_000 }, { cacheMax: 0 })
    for (const ms of [0, 61_000, 122_000]) {
      skewMs = ms
      expect(await ask(first)).toBe(200)
    }
    expect(types().filter((type) => type === 'security.keys_changed')).toHaveLength(1)
  })

  test('two keys may share a kid: one of each type, or two of one type', async () => {
    const third = await makeKey('first')
    answer = publish(first, { ...second.jwk, kid: 'first' }, third)
    const ask = await start()
    expect(await ask(first)).toBe(200)
    expect(await ask({ ...second, kid: 'first' })).toBe(200)
    expect(await ask(third)).toBe(200)
    const stranger = await makeKey('first')
    expect(await ask(stranger)).toBe(401)
    expect(service?.reason).toBe('bad_signature')
  })

  test('of more than four keys that share a kid and a type, four are tried', async () => {
    const keys = await Promise.all(Array.from({ length: 6 }, () => makeKey('first')))
    answer = publish(...keys)
    const ask = await start()
    expect(await ask(keys[3] as TestKey)).toBe(200)
    expect(await ask(keys[5] as TestKey)).toBe(401)
    expect(service?.reason).toBe('ambiguous_key')
  })

  test('a key that is there twice is one, also for a token without a kid', async () => {
    answer = publish(first, first, first)
    const ask = await start()
    expect(await ask(first)).toBe(200)
    expect(await ask(first, { kid: undefined })).toBe(200)
  })

  test('the key of tokens without a kid is none of the name "undefined"', async () => {
    const ask = await start()
    expect(await ask(first, { kid: undefined })).toBe(200)
    expect(await ask(first, { kid: 'undefined' })).toBe(401)
    expect(service?.reason).toBe('unknown_key')
  })

  test('of more than 64 keys the first 64 count, which is said', async () => {
    const many = Array.from({ length: 70 }, (_, index) => ({ ...second.jwk, kid: `n${index}` }))
    answer = publish(first, ...many)
    const ask = await start()
    expect(await ask(first)).toBe(200)
    expect(await ask({ ...second, kid: 'n62' })).toBe(200)
    expect(await ask({ ...second, kid: 'n63' })).toBe(401)
    expect(service?.reports.find(({ type }) => type === 'security.keys_changed')).toMatchObject({
      level: 'warn',
      fields: { keys: 64, skipped: 'keys[64] and those after it: more than 64 keys' },
    })
  })
})

describe('an issuer that was down when it was first needed', () => {
  test('is asked again after 1, 2, 4 … seconds, and Retry-After says so', async () => {
    answer = down
    await start()
    const authorization = `Bearer ${await token(first)}`
    const waits: (string | undefined)[] = []
    for (let count = 0; count < 6; count++) {
      const { status, headers } = (await service?.ask({ authorization })) ?? { headers: {} }
      expect([status, fetches]).toEqual([503, count + 1])
      waits.push(headers['retry-after'])
      skewMs += Number(headers['retry-after']) * 1_000
    }
    expect(waits).toEqual(['1', '2', '4', '8', '16', '30'])
    answer = publish(first)
    expect((await service?.ask({ authorization }))?.status).toBe(200)
  })
})

test('while the issuer is down, made-up key ids are 401, and the log stays empty of errors', async () => {
  const ask = await start({ maxAgeMs: 60_000, cooldownMs: 1_000 }, { cacheMax: 0 })
  expect(await ask(first)).toBe(200)
  answer = down
  skewMs = 61_000
  for (let count = 0; count < 20; count++) {
    expect(await ask(first, { kid: `made up ${count}` })).toBe(401)
  }
  expect(await ask(first)).toBe(200)
  const errors = service?.reports.filter(({ level }) => level === 'error') ?? []
  expect(errors.map(({ type }) => type)).toEqual(['security.keys_failed'])
})

describe('keys that change', () => {
  test('a new key is found when a token names it', async () => {
    const ask = await start()
    expect(await ask(first)).toBe(200)
    answer = publish(first, second)
    skewMs = 31_000
    expect(await ask(second)).toBe(200)
    expect(fetches).toBe(2)
  })

  test('200 made-up kids are at most one fetch for each pause', async () => {
    const ask = await start()
    expect(await ask(first)).toBe(200)
    skewMs = 31_000
    const kids = Array.from({ length: 200 }, (_, index) => `made-up-${index}`)
    const statuses = await Promise.all(kids.map((kid) => ask(first, { kid })))
    expect(new Set(statuses)).toEqual(new Set([401]))
    expect(fetches).toBe(2)
  })

  test('made-up kids while the issuer is down cost one fetch, and no good token', async () => {
    const ask = await start()
    expect(await ask(first)).toBe(200)
    answer = down
    skewMs = 31_000
    for (let count = 0; count < 30; count++) await ask(first, { kid: `made-up-${count}` })
    expect(fetches).toBe(2)
    expect(await ask(first)).toBe(200)
  })

  test('a key that is gone takes the verdicts with it', async () => {
    await start({ maxAgeMs: 60_000 })
    const authorization = `Bearer ${await token(first)}`
    expect((await service?.ask({ authorization }))?.status).toBe(200)
    answer = publish(second)
    skewMs = 61_000
    expect((await service?.ask({ authorization }))?.status).toBe(401)
  })

  test('a token cannot forge a 503', async () => {
    const ask = await start()
    expect(await ask(first)).toBe(200)
    const wrong = { code: 'ERR_JWKS_TIMEOUT', name: 'SecurityError' }
    expect(await ask({ ...first, privateKey: second.privateKey, alg: 'RS256' }, wrong)).toBe(401)
  })

  test('keys are fetched ahead of time: nobody waits', async () => {
    const ask = await start({ maxAgeMs: 100_000 })
    await ask(first)
    skewMs = 85_000
    expect(await ask(first)).toBe(200)
    const answered = once(idp.server, 'request')
    if (fetches < 2) await answered
    expect(fetches).toBe(2)
  })
})

describe('revoked', () => {
  test('has a deadline: 503, and it is told', async () => {
    let signal: AbortSignal | undefined
    const revoked: security.JwtOptions['revoked'] = (_principal, context) => {
      signal = context.signal
      return new Promise(() => {})
    }
    const ask = await start({}, { revoked, revokedTimeoutMs: 20 })
    expect(await ask(first)).toBe(503)
    expect([service?.reason, signal?.aborted]).toEqual(['revocation_timed_out', true])
  })

  test('is asked each time, also for a token seen before', async () => {
    let gone = false
    await start({}, { revoked: ({ subject }) => gone && subject === 'alice' })
    const authorization = `Bearer ${await token(first)}`
    expect((await service?.ask({ authorization }))?.status).toBe(200)
    gone = true
    expect((await service?.ask({ authorization }))?.status).toBe(401)
  })

  test('a throw is a 503', async () => {
    const ask = await start({}, { revoked: () => Promise.reject(new Error('database')) })
    expect(await ask(first)).toBe(503)
  })
})

describe('the uri', () => {
  const make =
    (uri: string, allowHttp = false) =>
    () =>
      security.jwt('jwt', { issuers: [{ issuer, audience, jwks: { uri, allowHttp } }] })
  test.each([
    'http://idp.example/keys',
    'ftp://idp.example/',
    'keys',
    'https://u:p@idp.example/',
    '',
  ])('%j is refused, and no password is shown', (uri) => {
    expect(make(uri)).toThrow(/jwks\.uri must be an https URL/)
    expect(make(uri)).not.toThrow(/u:p/)
  })
  test('http is fine for loopback, and elsewhere if one insists', () => {
    expect(make('http://127.0.0.1:8080/keys')).not.toThrow()
    expect(make('http://localhost/keys')).not.toThrow()
    expect(make('http://keycloak/keys', true)).not.toThrow()
  })
})
