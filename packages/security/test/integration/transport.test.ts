import { once } from 'node:events'
import { createServer, type IncomingMessage, request } from 'node:http'
import * as security from '@clew/security'
import { guard } from '@clew/security/hono'
import { type Listening, listen } from '@clew/testing'
import { getRequestListener } from '@hono/node-server'
import { afterAll, afterEach, describe, expect, test } from '@jest/globals'
import { type Context, Hono } from 'hono'
import * as z from 'zod'
import { type Echo, echoes } from '../support/echo.ts'

const { key, record } = security.issueApiKey({ owner: 'reporting' })
const apiKey = security.apiKey('key', { keys: [record] })
const pages = security.apiKey('pages', { in: 'cookie', keys: [record] })
const session = { cookie: `theme=dark; __Host-api_key=${key}` }

let echo: Echo | undefined
let ran = 0
afterEach(async () => {
  await echo?.close()
  echo = undefined
})

interface Serving {
  readonly policy?: security.Policy
  readonly options?: Partial<security.SecurityOptions>
  readonly cacheControl?: string
}

async function serve(name: string, { policy = apiKey, options, cacheControl }: Serving = {}) {
  const api = security.create({ default: policy, ...options })
  ran = 0
  echo = await echoes[name]?.({
    guard: api.method('create'),
    validator: api.validate({ query: z.any() }),
    parsesBody: false,
    ran: () => ran++,
    ...(cacheControl === undefined ? {} : { cacheControl }),
  })
}

async function post(headers: Record<string, string> = {}, method = 'POST') {
  const sent = request(`${echo?.url}/orders/7`, { method, headers, agent: false })
  sent.end()
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  let text = ''
  for await (const chunk of answer.setEncoding('utf8')) text += chunk
  return {
    status: answer.statusCode === 201 ? 200 : answer.statusCode,
    headers: answer.headers,
    text,
  }
}

describe.each(Object.keys(echoes))('%s', (name) => {
  test('what a credential has opened is not stored', async () => {
    await serve(name)
    const { status, headers } = await post({ 'x-api-key': key })
    expect([status, headers['cache-control']]).toEqual([200, 'no-store'])
    expect(headers.vary?.toLowerCase().split(/, */)).toContain('x-api-key')
  })

  test('unless the application says otherwise', async () => {
    await serve(name, { cacheControl: 'private, max-age=60' })
    const { headers } = await post({ 'x-api-key': key })
    expect(headers['cache-control']).toBe('private, max-age=60')
    expect(headers.vary?.toLowerCase()).toContain('x-api-key')
  })

  test('what is open to everybody may be stored', async () => {
    await serve(name, { policy: security.noSecurity('test') })
    const { status, headers } = await post()
    expect([status, headers['cache-control']]).toEqual([200, undefined])
  })

  test('HSTS goes out with what came over TLS, and with nothing else', async () => {
    const options = { hsts: true, trustedProxies: ['127.0.0.1'] }
    const overTls = { 'x-forwarded-proto': 'https', 'x-forwarded-for': '192.0.2.1' }
    for (const policy of [apiKey, security.noSecurity('test')]) {
      await serve(name, { policy, options })
      const sts = async (headers: Record<string, string>) =>
        (await post(headers)).headers['strict-transport-security']
      expect(await sts({ ...overTls, 'x-api-key': key })).toBe('max-age=31536000')
      if (policy === apiKey) expect(await sts(overTls)).toBe('max-age=31536000')
      expect(await sts({ 'x-api-key': key })).toBeUndefined()
      expect(await sts({ ...overTls, 'x-forwarded-proto': 'https, http' })).toBeUndefined()
      await echo?.close()
      await serve(name, { policy, options: { hsts: true } })
      expect(await sts({ ...overTls, 'x-api-key': key })).toBeUndefined()
      await echo?.close()
    }
    echo = undefined
  })

  test('a cookie is a credential for pages of the service itself', async () => {
    await serve(name, { policy: pages })
    const own = await post({ ...session, 'sec-fetch-site': 'same-origin' })
    expect([own.status, own.headers['cache-control'], own.headers.vary?.toLowerCase()]).toEqual([
      200,
      'no-store',
      expect.stringContaining('cookie'),
    ])
    const foreign = await post({ ...session, 'sec-fetch-site': 'cross-site' })
    expect([foreign.status, JSON.parse(foreign.text).code, ran]).toEqual([403, 'cross_site', 1])
    const none = await post({ 'sec-fetch-site': 'cross-site' })
    expect([none.status, none.headers['www-authenticate']]).toEqual([
      401,
      'ApiKey realm="pages", cookie="__Host-api_key"',
    ])
  })
})

describe('cookies', () => {
  let service: Listening | undefined
  afterAll(() => service?.close())

  const api = security.create({ default: pages, trustedOrigins: ['https://app.example'] })
  const reports: security.Report[] = []
  api.subscribe((report) => reports.push(report))
  const ask = async (method: string, headers: Record<string, string>) => {
    service ??= await listen(security.handler(api.method('pages'), (_req, res) => res.end('in')))
    const sent = request(service.url, { method, headers: { ...session, ...headers }, agent: false })
    sent.end()
    const [answer] = (await once(sent, 'response')) as [IncomingMessage]
    answer.resume()
    return answer.statusCode
  }
  const host = 'shop.example'

  test.each<[string, string, Record<string, string>, number]>([
    ['reads are free', 'GET', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' }, 200],
    ['so is HEAD', 'HEAD', { 'sec-fetch-site': 'cross-site' }, 200],
    ['so is OPTIONS', 'OPTIONS', { 'sec-fetch-site': 'cross-site' }, 200],
    ['the same origin', 'POST', { 'sec-fetch-site': 'same-origin' }, 200],
    ['typed by the user', 'POST', { 'sec-fetch-site': 'none' }, 200],
    ['a neighbouring host', 'POST', { 'sec-fetch-site': 'same-site' }, 403],
    ['another site', 'DELETE', { 'sec-fetch-site': 'cross-site' }, 403],
    ['a value of tomorrow', 'PUT', { 'sec-fetch-site': 'same-galaxy' }, 403],
    ['two values', 'PUT', { 'sec-fetch-site': 'same-origin, cross-site' }, 403],
    ['an unknown method', 'PROPFIND', { 'sec-fetch-site': 'cross-site' }, 403],
    [
      'a trusted origin',
      'POST',
      { 'sec-fetch-site': 'cross-site', origin: 'https://app.example' },
      200,
    ],
    [
      'one that looks like it',
      'POST',
      { 'sec-fetch-site': 'cross-site', origin: 'https://app.example.evil.test' },
      403,
    ],
    [
      'with another scheme',
      'POST',
      { 'sec-fetch-site': 'cross-site', origin: 'http://app.example' },
      403,
    ],
    ['an old browser, own page', 'POST', { host, origin: 'https://shop.example' }, 200],
    [
      'with the default port',
      'POST',
      { host: 'shop.example:443', origin: 'https://shop.example' },
      200,
    ],
    ['with another port', 'POST', { host, origin: 'https://shop.example:8443' }, 403],
    ['an old browser, another site', 'POST', { host, origin: 'https://evil.test' }, 403],
    ['a sandbox', 'POST', { host, origin: 'null' }, 403],
    ['what is no origin', 'POST', { host, origin: '///' }, 403],
    ['a program', 'POST', {}, 200],
    [
      'a WebSocket of another site',
      'GET',
      { host, origin: 'https://evil.test', upgrade: 'websocket' },
      403,
    ],
    [
      'a header that changes the method',
      'GET',
      { 'x-http-method-override': 'DELETE', 'sec-fetch-site': 'same-origin' },
      200,
    ],
  ])('%s: %s', async (_, method, headers, status) => {
    expect(await ask(method, headers)).toBe(status)
  })

  test.each<[string, Record<string, string>, number]>([
    ['twice', { cookie: `__Host-api_key=${key}; __Host-api_key=x` }, 400],
    ['another name', { cookie: `x__Host-api_key=${key}; __Host-api_key2=${key}` }, 401],
    ['in quotes', { cookie: `__Host-api_key="${key}"` }, 200],
    ['no pairs', { cookie: `;;=;${key}` }, 401],
  ])('the cookie %s', async (_, headers, status) => {
    expect(await ask('GET', headers)).toBe(status)
  })

  test('the report says what happened', async () => {
    reports.length = 0
    await ask('POST', { 'sec-fetch-site': 'cross-site' })
    expect(reports.map(({ level, fields }) => [level, fields['reason'], fields['status']])).toEqual(
      [['warn', 'cross_site', 403]],
    )
  })

  test('a session of the application is protected in the same way', async () => {
    const own = security.scheme('session', {
      authenticate: ({ headers }) => (headers['cookie'] ? { subject: 'alice' } : undefined),
    })
    const guard = security.create({ default: own }).method('x')
    const decide = async (headers: Record<string, string>) =>
      guard.authenticate({ method: 'POST', url: '/', headers, peer: '::1' })
    expect(await decide({ cookie: 'a=b' })).toMatchObject({ allowed: true })
    expect(await decide({ cookie: 'a=b', 'sec-fetch-site': 'cross-site' })).toMatchObject({
      allowed: false,
      denied: { status: 403 },
    })
  })

  test('another credential needs no page: a header cannot be forged', async () => {
    const guard = security.create({ default: security.anyOf(pages, apiKey) }).method('x')
    const headers = { ...session, 'sec-fetch-site': 'cross-site', 'x-api-key': key }
    const decision = await guard.authenticate({ method: 'POST', url: '/', headers, peer: '::1' })
    expect(decision).toMatchObject({ allowed: true, principals: [{ scheme: 'key' }] })
  })

  test('two cookies are two credentials', () => {
    const own = security.scheme('session', { authenticate: () => undefined })
    expect(() => security.allOf(pages, own)).not.toThrow()
  })
})

test('Vary is not repeated, and * stays', async () => {
  const guard = security.create({ default: apiKey }).method('x')
  for (const [before, after] of [
    ['Origin', 'Origin, X-Api-Key'],
    ['x-api-key, Origin', 'x-api-key, Origin'],
    ['*', '*'],
  ] as const) {
    const server = createServer((req, res) => {
      res.setHeader('Vary', before)
      guard(req, res, () => res.end())
    })
    const service = await listen(server)
    const answer = await fetch(service.url, { headers: { 'x-api-key': key } })
    expect(answer.headers.get('vary')).toBe(after)
    await service.close()
  }
})

test('a response of fetch whose headers cannot be changed is copied', async () => {
  const guard = security.create({ default: apiKey }).method('x')
  const handle = security.fetchHandler(
    guard,
    () => ({ peer: '::1' }),
    () => Response.redirect('https://a.test/', 303),
  )
  const answer = await handle(new Request('http://a.test', { headers: { 'x-api-key': key } }))
  expect([
    answer.status,
    answer.headers.get('location'),
    answer.headers.get('cache-control'),
  ]).toEqual([303, 'https://a.test/', 'no-store'])
})

test.each([
  [{ hsts: { maxAgeMs: -1 } }, /hsts.maxAgeMs must be an integer/],
  [{ hsts: { preload: true } }, /hsts.preload must be false without includeSubDomains/],
  [{ hsts: { maxAge: 1 } }, /unknown option "hsts.maxAge"/],
  [{ trustedOrigins: ['https://app.example/'] }, /trustedOrigins\[0\] must be an origin/],
  [{ trustedOrigins: ['null'] }, /trustedOrigins\[0\] must be an origin/],
  [{ trustedOrigins: ['*'] }, /trustedOrigins\[0\] must be an origin/],
])('%o is refused', (options, message) => {
  expect(() => security.create({ default: apiKey, ...options } as never)).toThrow(message)
})

test.each<[string, (hono: Context) => Response]>([
  [
    'a header of the context',
    (hono) => {
      hono.header('Vary', 'Origin')
      return hono.json({})
    },
  ],
  ['its own response', () => new Response('{}', { headers: { Vary: 'Origin' } })],
  ['a response that cannot be changed', () => Response.redirect('http://a.test/', 303)],
])('Hono: what a guard wants goes beside %s', async (_name, answer) => {
  const api = security.create({ default: apiKey })
  const app = new Hono().get('/', guard(api.method('read')), answer)
  const service = await listen(getRequestListener(app.fetch))
  const { headers } = await fetch(service.url, {
    headers: { 'x-api-key': key },
    redirect: 'manual',
  })
  await service.close()
  expect(headers.get('cache-control')).toBe('no-store')
  const vary = headers.get('vary')?.toLowerCase().split(', ')
  expect(vary).toContain('x-api-key')
  if (headers.get('location') === null) expect(vary).toContain('origin')
})
