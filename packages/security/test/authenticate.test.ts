import * as security from '@clew/security'
import { describe, expect, test } from '@jest/globals'
import { PlainRequest } from '../src/requests/facts.ts'

const { key, record } = security.issueApiKey({ owner: 'reader', scopes: ['read'] })
const apiKey = security.apiKey('key', { keys: [record], scopes: { read: '', write: '' } })
const facts = (
  headers: security.HeaderFields = {},
  more: Partial<security.RequestFacts> = {},
): security.RequestFacts => ({ method: 'GET', url: '/', headers, peer: '127.0.0.1', ...more })

describe('the decision about a request from anywhere', () => {
  const guard = security.create({ default: apiKey.scopes('read') }).method('x')
  const status = async (given: security.RequestFacts) => {
    const decision = await guard.authenticate(given)
    return decision.allowed ? 200 : decision.denied.status
  }

  test.each<[string, security.HeaderFields]>([
    ['an object', { 'X-Api-Key': key }],
    ['lists', { 'x-api-key': [key] }],
    ['Headers', new Headers({ 'X-API-KEY': key })],
    ['pairs', [['x-api-Key', key]]],
    ['a Map', new Map([['X-Api-Key', key]])],
  ])('takes headers as %s', async (_name, headers) => {
    expect(await guard.authenticate(facts(headers))).toMatchObject({
      allowed: true,
      principals: [{ scheme: 'key', subject: 'reader' }],
    })
    expect(await status(facts({}))).toBe(401)
  })

  test('a header that was sent twice is malformed, however it is written', async () => {
    expect(await status(facts({ 'x-api-key': [key, key] }))).toBe(400)
    expect(
      await status(
        facts([
          ['x-api-key', key],
          ['X-Api-Key', 'other'],
        ]),
      ),
    ).toBe(400)
    expect(await status(facts({ 'x-api-key': key, 'X-API-KEY': 'other' }))).toBe(400)
    expect(await status(facts({ ['__proto__']: [key], 'x-api-key': key }))).toBe(200)
  })

  test('TLS and the peer decide as elsewhere', async () => {
    const headers = { 'x-api-key': key }
    const from = (peer: string | undefined, tls?: boolean) => status(facts(headers, { peer, tls }))
    expect(await from('192.0.2.1')).toBe(403)
    expect(await from('192.0.2.1', true)).toBe(200)
    expect(await from(undefined)).toBe(403)
    expect(await from('::ffff:127.0.0.1')).toBe(200)
    expect(await status(facts({ ...headers, via: '1.1 x' }))).toBe(403)
  })

  test.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /request must be an object/],
    ['no method', { url: '/', headers: {} }, /request.method must be a non-empty string/],
    ['no headers', { url: '/', method: 'GET' }, /request.headers must be Headers, pairs or an obj/],
    ['a peer that is no text', facts({}, { peer: 1 as never }), /request.peer must be an address/],
  ])('%s: says what is missing', (_name, given, message) => {
    expect(() => guard.authenticate(given as never)).toThrow(message)
  })
})

describe('what is null in a request', () => {
  const keyed = security.create({
    default: security.scheme('k', { authenticate: () => ({ subject: 'a' }) }),
  })

  test('tls: null is no encrypted connection', async () => {
    const guard = keyed.method('x')
    for (const tls of [null, undefined, false] as const) {
      const decision = await guard.authenticate(
        facts({}, { peer: '203.0.113.9', tls: tls as never }),
      )
      expect([tls, decision.allowed]).toEqual([tls, false])
    }
    for (const tls of [true, {}, { certificate: undefined }] as const) {
      const decision = await guard.authenticate(facts({}, { peer: '203.0.113.9', tls }))
      expect([tls, decision.allowed]).toEqual([tls, true])
    }
  })

  test('certificate: null is none', () => {
    const request = new PlainRequest(facts({}, { tls: { certificate: null as never } }))
    expect(request.socket.encrypted).toBe(true)
    expect(request.socket.authorized).toBe(false)
    expect(request.socket.getPeerX509Certificate?.()).toBeUndefined()
  })
})

test('several fields of one name are joined as Node joins them', () => {
  const headers = [
    ['Cookie', 'a=1'],
    ['cookie', 'b=2'],
    ['Accept', 'x'],
    ['accept', 'y'],
  ] as const
  expect(new PlainRequest({ method: 'GET', url: '/', headers }).headers).toMatchObject({
    cookie: 'a=1; b=2',
    accept: 'x, y',
  })
})

describe('a scheme of your own', () => {
  const certificate = { subject: 'CN=billing' } as never
  const mtls = security.scheme('mtls', {
    authenticate: ({ certificate }) =>
      certificate && { subject: certificate.subject.replace('CN=', ''), scopes: ['pay'] },
    scopes: { pay: 'Pay', admin: 'Everything' },
    challenge: 'Mutual',
  })
  const session = security.scheme('session', {
    async authenticate({ source, headers }) {
      if (headers['cookie'] === undefined) return undefined
      if (headers['cookie'] === 'down') throw new Error('redis is down: secret')
      return (source as { user?: string } | undefined)?.user === undefined
        ? false
        : { subject: (source as { user: string }).user, claims: { tenant: 't' } }
    },
    timeoutMs: 50,
  })
  const api = security.create({ default: security.anyOf(mtls.scopes('pay'), session) })
  const reports: security.Report[] = []
  api.subscribe((report) => reports.push(report))
  const ask = async (guard: security.Guard, given: security.RequestFacts) => {
    const decision = await guard.authenticate(given)
    return decision.allowed
      ? [200, decision.principals[0]?.subject]
      : [decision.denied.status, decision.denied.headers['WWW-Authenticate']]
  }

  test('is a policy as any other: alternatives, scopes, challenges', async () => {
    const guard = api.method('x')
    expect(await ask(guard, facts({}, { tls: { certificate } }))).toEqual([200, 'billing'])
    expect(await ask(guard, facts({ cookie: 'a' }, { source: { user: 'ada' } }))).toEqual([
      200,
      'ada',
    ])
    const challenges = ['Mutual realm="mtls"', 'session realm="session"']
    expect(await ask(guard, facts({}))).toEqual([401, challenges])
    expect(await ask(guard, facts({ cookie: 'a' }))).toEqual([401, challenges])
    expect((await ask(guard, facts({ cookie: 'down' })))[0]).toBe(503)
    const admin = api.method('admin', mtls.scopes('admin'))
    expect((await ask(admin, facts({}, { tls: { certificate } })))[0]).toBe(403)
  })

  test('a certificate that the server has not verified is none', async () => {
    const req = {
      method: 'GET',
      headers: {},
      rawHeaders: [],
      socket: {
        remoteAddress: '192.0.2.1',
        encrypted: true,
        authorized: false,
        getPeerX509Certificate: () => certificate,
      },
    }
    expect(await api.method('x').check(req as never)).toMatchObject({ status: 401 })
    Object.assign(req.socket, { authorized: true })
    expect(await api.method('x').check(req as never)).toBeUndefined()
    expect(security.principal(req as never, mtls)?.subject).toBe('billing')
  })

  test('what is no identity lets nobody in', async () => {
    const results = [
      null,
      true,
      {},
      { subject: '' },
      { subject: 1 },
      'ada',
      { subject: 'a', scopes: 'x' },
    ]
    for (const [index, result] of results.entries()) {
      const odd = security.scheme(`odd${index}`, { authenticate: () => result as never })
      const guard = security.create({ default: odd }).method('x')
      expect([result, (await ask(guard, facts()))[0]]).toEqual([result, 503])
    }
  })

  test('one that hangs is 503 after its time, and its errors are in no report', async () => {
    const slow = security.scheme('slow', {
      authenticate: () => new Promise<false>(() => {}),
      timeoutMs: 10,
    })
    const guard = security.create({ default: slow }).method('x')
    expect((await ask(guard, facts()))[0]).toBe(503)
    expect(JSON.stringify(reports)).not.toContain('secret')
  })

  test.each<[object, RegExp]>([
    [{}, /security.scheme: authenticate must be a function/],
    [{ authenticate: () => undefined, challenge: 'a b' }, /challenge must be 1 to 64 letters/],
    [{ authenticate: () => undefined, header: 'a\r\n' }, /header must be 1 to 64 letters/],
    [{ authenticate: () => undefined, timeoutMs: 0 }, /timeoutMs must be an integer from 10/],
    [{ authenticate: () => undefined, other: 0 }, /unknown option "other"/],
  ])('options %j are refused', (options, message) => {
    expect(() => security.scheme('own', options as never)).toThrow(message)
  })
})
