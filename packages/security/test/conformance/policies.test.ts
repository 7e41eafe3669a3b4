import { inspect } from 'node:util'
import { findRecord } from '@clew/internal/requests/slot'
import * as security from '@clew/security'
import { afterEach, describe, expect, test } from '@jest/globals'
import { type Service, serve } from '../support/service.ts'

// Attacks: policies, answers, limits and proxies.

let service: Service | undefined
afterEach(async () => {
  await service?.close()
  service = undefined
})

const one = security.issueApiKey({ owner: 'one', scopes: ['read'] })
const two = security.issueApiKey({ owner: 'two' })
const first = security.apiKey('first', {
  name: 'X-First',
  keys: [one.record],
  scopes: { read: '', write: '' },
})
const second = security.apiKey('second', { name: 'X-Second', keys: [two.record] })
const broken = security.apiKey('broken', {
  name: 'X-Broken',
  store: { get: () => Promise.reject(new Error()) },
})
const basic = security.basic('basic', {
  verify: (_user, password) => password === 'right',
  cacheMs: 60_000,
})
const right = { authorization: `Basic ${btoa('ada:right')}` }
const wrong = { authorization: `Basic ${btoa('ada:wrong')}` }

async function start(policy: security.Policy, options: Partial<security.SecurityOptions> = {}) {
  service = await serve(policy, options)
  return service
}

const mistakeOf = (run: () => unknown): unknown => {
  try {
    run()
  } catch (error) {
    const { name, code } = error as { name: string; code: string }
    return `${name} ${code}`
  }
  return undefined
}

describe('construction', () => {
  test('an empty anyOf or allOf would let in everybody or nobody', () => {
    expect(mistakeOf(() => (security.anyOf as () => unknown)())).toBe(
      'TypeError ERR_SECURITY_POLICY',
    )
    expect(mistakeOf(() => (security.allOf as () => unknown)())).toBe(
      'TypeError ERR_SECURITY_POLICY',
    )
  })

  test('noSecurity cannot be mixed with others', () => {
    const open = security.noSecurity('x') as never
    expect(mistakeOf(() => security.anyOf(first, open))).toBe('TypeError ERR_SECURITY_POLICY')
    expect(mistakeOf(() => security.allOf(open))).toBe('TypeError ERR_SECURITY_POLICY')
  })

  test('noSecurity needs a reason', () => {
    expect(mistakeOf(() => security.noSecurity(''))).toBe('TypeError ERR_SECURITY_POLICY')
    expect(mistakeOf(() => security.noSecurity(undefined as never))).toBe(
      'TypeError ERR_SECURITY_POLICY',
    )
  })

  test('a scope that is not declared is a mistake, for TypeScript, too', () => {
    // @ts-expect-error -- the typo is the point
    expect(mistakeOf(() => first.scopes('raed'))).toBe('TypeError ERR_SECURITY_SCOPE')
    // @ts-expect-error -- none is declared
    expect(mistakeOf(() => second.scopes('read'))).toBe('TypeError ERR_SECURITY_SCOPE')
    expect(mistakeOf(() => (first.scopes as unknown as () => void)())).toBe(
      'TypeError ERR_SECURITY_SCOPE',
    )
    expect(mistakeOf(() => first.scopes('toString' as never))).toBe('TypeError ERR_SECURITY_SCOPE')
  })

  test('there is no API without a default', () => {
    expect(mistakeOf(() => security.create({} as never))).toBe('TypeError ERR_SECURITY_POLICY')
    const api = security.create({ default: first })
    expect(mistakeOf(() => api.method('x', null as never))).toBe('TypeError ERR_SECURITY_POLICY')
    expect(mistakeOf(() => api.service('x', {} as never))).toBe('TypeError ERR_SECURITY_POLICY')
  })

  test('two schemes of one name are a mistake: nobody could tell their principals apart', () => {
    const twin = security.apiKey('first', { keys: [] })
    expect(mistakeOf(() => security.create({ default: security.anyOf(first, twin) }))).toBe(
      'TypeError ERR_SECURITY_POLICY',
    )
  })

  test.each(['a"b', 'a\r\nb', 'a\\b', 'caf\u00e9', '', 'x'.repeat(129)])(
    '%j is no name for a challenge',
    (name) => {
      expect(mistakeOf(() => security.apiKey(name, { keys: [] }))).toBe(
        'TypeError ERR_SECURITY_OPTION',
      )
      expect(mistakeOf(() => security.apiKey('x', { keys: [], realm: name }))).toBe(
        'TypeError ERR_SECURITY_OPTION',
      )
      expect(mistakeOf(() => security.create({ default: first }).method(name))).toBe(
        'TypeError ERR_SECURITY_OPTION',
      )
    },
  )

  test.each(['a b', 'a"b', '', 'a\nb', 'a\\b'])('%j is no scope', (scope) => {
    expect(mistakeOf(() => security.apiKey('x', { keys: [], scopes: { [scope]: '' } }))).toBe(
      'TypeError ERR_SECURITY_SCOPE',
    )
  })

  test('policies cannot be changed later', () => {
    const policy = security.anyOf(first.scopes('read'), second)
    expect(
      [policy, policy.policies, first, first.scopes('read').required].every(Object.isFrozen),
    ).toBe(true)
  })

  test('no secret is in what a person sees of a scheme', () => {
    const secret = 'an example of a secret that is long enough'
    const jwt = security.jwt('jwt', { issuers: [{ issuer: 'i', audience: 'a', secret }] })
    const seen = inspect(jwt, { depth: 9, showHidden: true }) + JSON.stringify(jwt.declared)
    expect(seen).not.toContain(secret)
    expect(inspect(first, { depth: 9, showHidden: true })).not.toContain(one.record.hash)
  })
})

describe('allOf that no request can meet is refused when it is made', () => {
  const jwt = security.jwt('jwt', {
    issuers: [{ issuer: 'i', audience: 'a', secret: 'x'.repeat(32) }],
    scopes: { read: 'Read' },
  })
  const otherJwt = security.jwt('jwt2', {
    issuers: [{ issuer: 'j', audience: 'a', secret: 'x'.repeat(32) }],
  })
  const { allOf, anyOf } = security

  test.each([
    ['Basic and a token', () => allOf(basic, jwt)],
    [
      'with more around it',
      () => allOf(first, jwt.scopes('read'), anyOf(basic, allOf(basic, first))),
    ],
    ['one inside of another', () => anyOf(first, allOf(jwt, allOf(first, basic)))],
  ])('%s', (_title, make) => {
    expect(make).toThrow(
      expect.objectContaining({
        code: 'ERR_SECURITY_POLICY',
        message: expect.stringContaining('two different credentials in one header'),
      }),
    )
  })

  test('what one request can meet is not', () => {
    allOf(basic, first)
    allOf(jwt, first)
    allOf(jwt, jwt.scopes('read'))
    allOf(jwt, otherJwt)
    allOf(anyOf(basic, first), jwt)
    expect(() => anyOf(basic, jwt)).not.toThrow()
  })

  test('many alternatives take no time', () => {
    const some = Array.from({ length: 30 }, () => anyOf(first, second, basic))
    const wide = anyOf(first, ...some)
    let policy: security.Policy & { kind: 'allOf' } = allOf(wide, wide)
    for (let depth = 0; depth < 6; depth++) policy = allOf(policy, wide, policy)
    expect(policy.kind).toBe('allOf')
  })
})

describe('decisions', () => {
  test('what half of an alternative has found out is forgotten', async () => {
    const { ask } = await start(security.anyOf(security.allOf(first, second), basic))
    const answer = await ask({ 'x-first': one.key, ...right })
    expect(answer.body).toMatchObject({ scheme: 'basic', subject: 'ada' })
  })

  test('an alternative that fails, or is blocked, does not spoil the next one', async () => {
    const { ask } = await start(security.anyOf(basic, first), { failures: { max: 1 } })
    for (let count = 0; count < 3; count++) {
      expect((await ask({ ...wrong, 'x-first': one.key })).status).toBe(200)
    }
  })

  test('every way in is named, in order', async () => {
    const { ask } = await start(security.anyOf(security.allOf(basic, first), second))
    expect((await ask()).headers['www-authenticate']).toBe(
      'Basic realm="basic", charset="UTF-8", ApiKey realm="first", name="X-First", ApiKey realm="second", name="X-Second"',
    )
  })

  test.each([
    ['missing and missing', {}, 401],
    ['wrong and missing', { 'x-first': two.key }, 401],
    ['too little and missing', { 'x-first': one.key }, 403],
    ['too little and wrong', { 'x-first': one.key, 'x-second': one.key }, 403],
    ['too little and down', { 'x-first': one.key, 'x-broken': one.key }, 503],
    ['wrong and down', { 'x-first': two.key, 'x-broken': one.key }, 503],
    ['twice and down', { 'x-first': [one.key, one.key], 'x-broken': one.key }, 400],
    ['twice and right', { 'x-first': [one.key, one.key], 'x-second': two.key }, 400],
    ['too little and right', { 'x-first': one.key, 'x-second': two.key }, 200],
    ['down and right', { 'x-broken': one.key, 'x-second': two.key }, 200],
  ])('anyOf, %s', async (_title, headers, status) => {
    const { ask } = await start(security.anyOf(first.scopes('write'), broken, second))
    expect((await ask(headers)).status).toBe(status)
  })

  test('principal(req, scheme) tells the parts of allOf apart', async () => {
    const api = security.create({ default: security.allOf(first, second) })
    const req = {
      headers: { 'x-first': one.key, 'x-second': two.key },
      rawHeaders: [],
      socket: { remoteAddress: '127.0.0.1' },
    } as never
    expect(await api.method('x').check(req)).toBeUndefined()
    expect([
      security.principal(req).subject,
      security.principal(req, second)?.subject,
      security.principal(req, basic),
    ]).toEqual(['one', 'two', undefined])
  })

  test('there is no principal where nobody was asked', async () => {
    const api = security.create({ default: security.noSecurity('x') })
    const req = { headers: {}, rawHeaders: [] } as never
    expect(mistakeOf(() => security.principal(req))).toBe('SecurityError ERR_SECURITY_NO_PRINCIPAL')
    expect(await api.method('x').check(req)).toBeUndefined()
    expect(mistakeOf(() => security.principal(req))).toBe('SecurityError ERR_SECURITY_NO_PRINCIPAL')
  })

  test('denials are not stored by caches', async () => {
    const { ask } = await start(security.anyOf(first.scopes('write'), broken))
    for (const headers of [{}, { 'x-first': one.key }, { 'x-broken': one.key }]) {
      expect((await ask(headers)).headers).toMatchObject({
        'cache-control': 'no-store',
        vary: 'X-First, X-Broken',
      })
    }
  })
})

describe('HTTPS and proxies', () => {
  const from = { 'x-forwarded-for': '203.0.113.7' }
  const trusted = { trustedProxies: ['127.0.0.0/8'] }

  test('loopback needs no TLS', async () => {
    const { ask } = await start(first)
    expect((await ask({ 'x-first': one.key })).status).toBe(200)
  })

  test('a proxy that nobody has vouched for takes that trust away', async () => {
    const started = await start(first)
    for (const header of [from, { 'x-forwarded-proto': 'https' }, { forwarded: 'proto=https' }]) {
      const answer = await started.ask({ 'x-first': one.key, ...header } as Record<string, string>)
      expect([answer.status, answer.body.code, started.reason]).toEqual([
        403,
        'https_required',
        'untrusted_proxy',
      ])
    }
  })

  test('the answer, the report and the report at the start name the option that is missing', async () => {
    const started = await start(first)
    const answer = await started.ask({ 'x-first': one.key, via: '1.1 nginx' })
    expect(answer.body.detail).toMatch(/This needs TLS\..* option trustedProxies/)
    const [start1, denial] = started.reports
    expect(start1).toMatchObject({
      type: 'security.transport',
      level: 'info',
      message: expect.stringContaining('trustedProxies'),
      fields: { https: 'required', trustedProxies: [] },
    })
    expect(denial?.message).toContain('option trustedProxies')
    expect(started.reports.filter(({ type }) => type === 'security.transport')).toHaveLength(1)
    expect((await start(first, { https: 'off' })).reports).toEqual([])
  })

  test.each([
    ['https', 200],
    ['http', 403],
    ['http, https', 200],
    ['https, http', 403],
    ['HTTPS', 200],
    ['', 403],
  ])('a trusted proxy says %j: the last hop counts', async (proto, status) => {
    const { ask } = await start(first, trusted)
    expect((await ask({ 'x-first': one.key, ...from, 'x-forwarded-proto': proto })).status).toBe(
      status,
    )
  })

  test('noSecurity asks for no TLS, and https: off for none at all', async () => {
    const { ask } = await start(security.noSecurity('probe'))
    expect((await ask(from)).status).toBe(200)
    await service?.close()
    const off = await start(first, { https: 'off' })
    expect((await off.ask({ 'x-first': one.key, ...from })).status).toBe(200)
  })

  test('everybody cannot be trusted', () => {
    for (const proxies of [
      ['0.0.0.0/0'],
      ['::/0'],
      ['10.0.0.0/33'],
      ['x'],
      [''],
      ['10.0.0.1/8/8'],
      [true as never],
    ]) {
      expect(mistakeOf(() => security.create({ default: first, trustedProxies: proxies }))).toBe(
        'TypeError ERR_SECURITY_OPTION',
      )
    }
  })
})

describe('failures', () => {
  const limits = { failures: { max: 3 } }

  test('after so many failures an address gets 429 with Retry-After', async () => {
    const { ask } = await start(first, limits)
    for (let count = 0; count < 3; count++)
      expect((await ask({ 'x-first': two.key })).status).toBe(401)
    const answer = await ask({ 'x-first': two.key })
    expect(answer).toMatchObject({ status: 429, body: { code: 'too_many_failures' } })
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(50)
  })

  test('no credential, and too few scopes, are no failures', async () => {
    const { ask } = await start(first.scopes('write'), limits)
    for (let count = 0; count < 5; count++) {
      expect((await ask()).status).toBe(401)
      expect((await ask({ 'x-first': one.key })).status).toBe(403)
    }
  })

  test('a guess is not even tried while its address is blocked; who was verified before still passes', async () => {
    const { ask } = await start(basic, limits)
    expect((await ask(right)).status).toBe(200)
    for (let count = 0; count < 3; count++) expect((await ask(wrong)).status).toBe(401)
    expect((await ask(wrong)).status).toBe(429)
    expect((await ask({ authorization: `Basic ${btoa('bob:right')}` })).status).toBe(429)
    expect((await ask(right)).status).toBe(200)
  })

  test('addresses behind a trusted proxy are told apart; a client cannot choose its own', async () => {
    const { ask } = await start(first, { ...limits, trustedProxies: ['127.0.0.1'] })
    const guess = (chain: string) =>
      ask({ 'x-first': two.key, 'x-forwarded-proto': 'https', 'x-forwarded-for': chain })
    for (let count = 0; count < 3; count++)
      expect((await guess(`198.51.100.${count}, 203.0.113.7`)).status).toBe(401)
    expect((await guess('198.51.100.9, 203.0.113.7')).status).toBe(429)
    expect((await guess('203.0.113.8')).status).toBe(401)
  })

  test('what is forgotten for lack of room is reported', async () => {
    const started = await start(first, {
      failures: { maxEntries: 1 },
      trustedProxies: ['127.0.0.1'],
    })
    for (const host of [1, 2, 3]) {
      await started.ask({
        'x-first': two.key,
        'x-forwarded-proto': 'https',
        'x-forwarded-for': `203.0.113.${host}`,
      })
    }
    expect(started.reports.filter(({ type }) => type === 'security.failures_full')).toHaveLength(1)
  })

  test('so is a user at an address, where there is room for addresses and for users', async () => {
    const basic = security.basic('basic', { verify: () => false, cacheMs: 0 })
    const started = await start(basic, {
      failures: { maxEntries: 3, slowMs: 0 },
      trustedProxies: ['127.0.0.1'],
    })
    for (const [user, host] of [
      ['ada', 1],
      ['ada', 2],
      ['bob', 1],
      ['bob', 2],
    ]) {
      await started.ask({
        authorization: `Basic ${btoa(`${user}:x`)}`,
        'x-forwarded-proto': 'https',
        'x-forwarded-for': `203.0.113.${host}`,
      })
    }
    const [report, ...more] = started.reports.filter(
      ({ type }) => type === 'security.failures_full',
    )
    expect([report?.fields, more]).toEqual([{ entries: 7, evicted: 1 }, []])
  })
})

test('the operation is in the record of the request, also when it is denied; nothing else is on the request', async () => {
  const api = security.create({ default: first, service: 'orders' })
  const operation = async (guard: security.Guard) => {
    const req: Record<PropertyKey, unknown> = {
      headers: {},
      rawHeaders: [],
      socket: { remoteAddress: '127.0.0.1' },
    }
    await guard.check(req as never)
    expect(Reflect.ownKeys(req).filter((name) => typeof name === 'symbol')).toEqual([
      Symbol.for('@clew/request/v1'),
    ])
    return findRecord(req as never)?.operation
  }
  expect(await operation(api.method('create'))).toEqual({ service: 'orders', method: 'create' })
  expect(await operation(api.service('users').method('list'))).toEqual({
    service: 'users',
    method: 'list',
  })
})

test.each([
  ['nothing', undefined],
  ['a request of Fastify', { raw: {}, headers: {}, socket: {} }],
  ['a context of Koa', { req: {}, request: {}, headers: {} }],
  ['a Request of fetch', new Request('http://127.0.0.1/')],
  ['a string', 'GET /'],
])('guard.check that is given %s says what it needs', (_name, given) => {
  const guard = security.create({ default: first }).method('x')
  expect(() => guard.check(given as never)).toThrow(
    /^guard\.check: req must be a request of node:http \(IncomingMessage\).*; received /,
  )
  expect(mistakeOf(() => guard.check(given as never))).toBe('TypeError ERR_SECURITY_OPTION')
})

test('a listener that throws harms nobody, and one that has left hears nothing', async () => {
  const api = security.create({ default: first })
  const heard: string[] = []
  api.subscribe(() => {
    throw new Error('listener')
  })
  const leave = api.subscribe(({ type }) => heard.push(type))
  const req = () =>
    ({ headers: {}, rawHeaders: [], socket: { remoteAddress: '127.0.0.1' } }) as never
  await api.method('x').check(req())
  leave()
  await api.method('x').check(req())
  expect(heard).toEqual(['security.denied'])
})
