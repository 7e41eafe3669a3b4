import * as security from '@clew/security'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { decodeProtectedHeader, generateKeyPair, jwtVerify } from 'jose'
import {
  type AuthorizationServer,
  createAuthorizationServer,
} from '../support/authorization-server.ts'
import { makeProofKey, proof } from '../support/proofs.ts'
import { type Service, serve } from '../support/service.ts'
import { audience, seconds } from '../support/tokens.ts'

// RFC 7662, with a real authorization server.

let server: AuthorizationServer
let service: Service
let tokens: Record<string, object>
let asked: {
  readonly token: string | null
  readonly body: string
  readonly authorization: string
}[]
const path = '/introspect'

beforeEach(async () => {
  server = await createAuthorizationServer()
  tokens = {}
  asked = []
  server.paths[path] = (req, res, body) => {
    const token = new URLSearchParams(body).get('token')
    asked.push({ token, body, authorization: req.headers.authorization ?? '' })
    res.setHeader('content-type', 'application/json')
    res.end(JSON.stringify(tokens[String(token)] ?? { active: false }))
  }
})
afterEach(async () => {
  await service?.close()
  await server.close()
})

const active = (more: object = {}) => ({
  active: true,
  sub: 'alice',
  aud: audience,
  client_id: 'web',
  scope: 'api:read',
  exp: seconds() + 300,
  ...more,
})

async function start(
  introspection: Partial<security.IntrospectionOptions> = {},
  options: Partial<security.OAuth2Options> = {},
  api: Partial<security.SecurityOptions> = { failures: false },
) {
  const scheme = security.oauth2('oauth2', {
    introspection: {
      endpoint: `${server.url}${path}`,
      client: { id: 'orders', secret: 's3cret' },
      audience,
      ...introspection,
    },
    ...options,
  } as security.OAuth2Options)
  service = await serve(scheme, api)
  return service
}

const bearer = (token: string) => service.ask({ authorization: `Bearer ${token}` })

async function ask(token: string) {
  const { status } = await bearer(token)
  return status === 200 ? 200 : `${status} ${service.reason}`
}

describe('an active token', () => {
  test('is accepted, with its scopes, roles and claims', async () => {
    tokens['good'] = active({ roles: ['admin'] })
    await start()
    const { body } = await bearer('good')
    expect(body).toMatchObject({ subject: 'alice', scopes: ['api:read'], roles: ['admin'] })
    expect(asked).toEqual([
      {
        token: 'good',
        body: 'token_type_hint=access_token&token=good',
        authorization: `Basic ${btoa('orders:s3cret')}`,
      },
    ])
  })

  test('of a client without a user: the client is the subject', async () => {
    tokens['machine'] = active({ sub: undefined })
    await start()
    expect((await bearer('machine')).body.subject).toBe('web')
  })

  test('is asked about once while it is remembered, and by 200 requests at a time', async () => {
    tokens['good'] = active()
    await start()
    const answers = await Promise.all(Array.from({ length: 200 }, () => bearer('good')))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    expect(await ask('good')).toBe(200)
    expect(asked).toHaveLength(1)
  })

  test('is asked about each time, where nothing is remembered', async () => {
    tokens['good'] = active()
    await start({ cacheMs: 0 })
    expect(await ask('good')).toBe(200)
    tokens['good'] = { active: false }
    expect(await ask('good')).toBe('401 inactive')
  })

  test('is not remembered for longer than it lives', async () => {
    tokens['short'] = active({ exp: seconds() + 1 })
    await start()
    expect(await ask('short')).toBe(200)
    while (seconds() * 1000 < Date.now() - 999)
      await new Promise((resolve) => setTimeout(resolve, 5))
    tokens['short'] = active({ exp: seconds() - 1 })
    let answer = await ask('short')
    for (let tried = 0; answer === 200 && tried < 200; tried++) {
      await new Promise((resolve) => setTimeout(resolve, 20))
      answer = await ask('short')
    }
    expect(answer).toBe('401 expired')
  })
})

describe('what is not active', () => {
  test.each([
    { active: false },
    { active: 'true' },
    { active: 1 },
    { active: [true] },
    { active: 'false', sub: 'alice' },
  ])('%j', async (answer) => {
    tokens['odd'] = { ...active(), ...answer }
    await start()
    expect(await ask('odd')).toBe('401 inactive')
  })

  test('is remembered for a short time', async () => {
    await start()
    expect([await ask('gone'), await ask('gone')]).toEqual(['401 inactive', '401 inactive'])
    expect(asked).toHaveLength(1)
  })

  test('made-up tokens do not drive out good ones', async () => {
    tokens['good'] = active()
    await start({}, { cacheMax: 3 })
    expect(await ask('good')).toBe(200)
    for (let count = 0; count < 10; count++) await ask(`made-up-${count}`)
    expect(await ask('good')).toBe(200)
    expect(asked.filter(({ token }) => token === 'good')).toHaveLength(1)
  })
})

describe('what is active, but not for this', () => {
  test.each<[string, Record<string, unknown>, string]>([
    ['expired', { exp: 1 }, 'expired'],
    ['a date in words', { exp: 'tomorrow' }, 'bad_date'],
    ['not yet valid', { nbf: seconds() + 600 }, 'not_yet_valid'],
    ['for another audience', { aud: 'https://other.test' }, 'wrong_audience'],
    ['for none', { aud: undefined }, 'wrong_audience'],
    ['a refresh token', { token_type: 'refresh_token' }, 'wrong_kind'],
    ['an ID token', { nonce: 'n' }, 'id_token'],
    ['bound to a key', { cnf: { jkt: 'x' } }, 'bound_token'],
    ['of nobody', { sub: undefined, client_id: undefined }, 'bad_claims'],
    ['with scopes of another form', { scope: { a: 1 } }, 'bad_claims'],
  ])('%s', async (_title, claims, reason) => {
    tokens['t'] = active(claims)
    await start()
    expect(await ask('t')).toBe(`401 ${reason}`)
  })

  test('of another issuer, for another client, without a claim', async () => {
    tokens['issuer'] = active({ iss: 'https://evil.test' })
    tokens['client'] = active({ client_id: 'other' })
    tokens['claim'] = active({ client_id: 'web' })
    await start({ issuer: 'https://idp.test', clients: 'web', requiredClaims: ['jti'] })
    expect(await ask('issuer')).toBe('401 wrong_issuer')
    expect(await ask('client')).toBe('401 wrong_client')
    expect(await ask('claim')).toBe('401 missing_claim')
  })

  test('audience: false leaves it to the authorization server', async () => {
    tokens['t'] = active({ aud: undefined })
    await start({ audience: false })
    expect(await ask('t')).toBe(200)
  })
})

describe('an authorization server that does not answer lets nobody in', () => {
  type Answer = AuthorizationServer['paths'][string]
  const json =
    (text: string): Answer =>
    (_req, res) =>
      res.setHeader('content-type', 'application/json').end(text)
  test.each<[string, Answer]>([
    ['a status of 500', (_req, res) => res.writeHead(500).end('{"active":true}')],
    ['401: our own client is refused', (_req, res) => res.writeHead(401).end('{"active":true}')],
    ['a redirect', (_req, res) => res.writeHead(302, { location: '/x' }).end()],
    ['HTML', (_req, res) => res.setHeader('content-type', 'text/html').end('{"active":true}')],
    ['text', (_req, res) => res.setHeader('content-type', 'text/plain').end('{"active":true}')],
    ['no type', (_req, res) => res.end('{"active":true}')],
    ['no JSON', json('{"active":true')],
    ['an array', json('[{"active":true}]')],
    ['null', json('null')],
    ['no word of whether it is active', json('{"sub":"alice"}')],
    ['a huge document', json(JSON.stringify({ ...{ active: true }, pad: 'x'.repeat(300_000) }))],
    ['nothing, ever', () => {}],
    [
      'one byte, and no more',
      (_req, res) => res.writeHead(200, { 'content-type': 'application/json' }).write('{'),
    ],
    ['a connection that breaks', (req) => req.socket.destroy()],
  ])('%s', async (_title, answer) => {
    await start({ timeoutMs: 300 })
    server.paths[path] = answer
    const { status, headers } = await bearer('token-of-alice')
    expect([status, service.reason, headers['retry-after']]).toEqual([
      503,
      'introspection_failed',
      '5',
    ])
    expect(headers['www-authenticate']).toBeUndefined()
    const text = JSON.stringify(service.reports)
    for (const secret of ['token-of-alice', 's3cret', 'alice']) expect(text).not.toContain(secret)
  })

  test('it is said once, and when it is over', async () => {
    tokens['good'] = active()
    await start({ cacheMs: 0 })
    expect(await ask('good')).toBe(200)
    const works = server.paths[path] as Answer
    server.paths[path] = (_req, res) => res.writeHead(500).end()
    for (let count = 0; count < 5; count++) expect(await ask('good')).toMatch(/^503/)
    server.paths[path] = works
    expect(await ask('good')).toBe(200)
    const said = service.reports.filter(({ type }) => type.includes('introspection'))
    expect(said.map(({ type, level, fields }) => [type, level, fields])).toEqual([
      ['security.introspection_failed', 'error', { scheme: 'oauth2', error: 'status 500' }],
      ['security.introspection_recovered', 'info', { scheme: 'oauth2' }],
    ])
  })

  test('what is remembered is still accepted', async () => {
    tokens['good'] = active()
    await start()
    expect(await ask('good')).toBe(200)
    server.paths[path] = (_req, res) => res.writeHead(500).end()
    expect(await ask('good')).toBe(200)
    expect(await ask('other')).toBe('503 introspection_failed')
  })
})

describe('many made-up tokens', () => {
  test('no more questions at a time than allowed, and no more waiting', async () => {
    const open: (() => void)[] = []
    await start({ concurrency: 2, maxWaiting: 3 })
    server.paths[path] = (_req, res) => {
      open.push(() => res.setHeader('content-type', 'application/json').end('{"active":false}'))
    }
    let over = 0
    const answers = Array.from({ length: 10 }, (_, index) =>
      bearer(`made-up-${index}`).finally(() => over++),
    )
    // Two are asked about, three wait.
    while (over < 5) await new Promise((resolve) => setTimeout(resolve, 5))
    expect([open.length, service.reason]).toEqual([2, 'too_many_checks'])
    server.paths[path] = (_req, res) =>
      res.setHeader('content-type', 'application/json').end('{"active":false}')
    for (const answer of open) answer()
    const statuses = (await Promise.all(answers)).map(({ status }) => status).sort()
    expect(statuses).toEqual([401, 401, 401, 401, 401, 503, 503, 503, 503, 503])
  })

  test('block their address; one expired token that a tab polls with does not', async () => {
    await start({ negativeCacheMs: 0 }, {}, { failures: { max: 3 } })
    for (let count = 0; count < 10; count++) expect(await ask('expired')).toBe('401 inactive')
    expect(await ask('guess-1')).toBe('401 inactive')
    expect(await ask('guess-2')).toBe('401 inactive')
    expect(await ask('guess-3')).toBe('429 too_many_failures')
  })

  test('an API key is not sent to the authorization server', async () => {
    const { key } = security.issueApiKey({ owner: 'x' })
    await start()
    expect(await ask(key)).toBe('401 api_key')
    expect(asked).toEqual([])
  })
})

describe('how the service shows who it is', () => {
  test('what is special in a form is encoded (RFC 6749, 2.3.1)', async () => {
    await start({ client: { id: 'a:b c', secret: 'p%&+é' } })
    await ask('x')
    const [name, word] = atob(String(asked[0]?.authorization.split(' ')[1])).split(':')
    expect([name, word]).toEqual(['a%3Ab+c', 'p%25%26%2B%C3%A9'])
  })
  test('in the body', async () => {
    await start({ client: { id: 'orders', secret: 'p&q', method: 'client_secret_post' } })
    await ask('x')
    expect(asked[0]?.authorization).toBe('')
    expect(Object.fromEntries(new URLSearchParams(asked[0]?.body))).toMatchObject({
      client_id: 'orders',
      client_secret: 'p&q',
    })
  })
  test('with an assertion (RFC 7523)', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256')
    const issuer = 'https://idp.test'
    await start({ issuer, client: { id: 'orders', privateKey, keyId: 'k1' } })
    await ask('x')
    const sent = new URLSearchParams(asked[0]?.body)
    const assertion = String(sent.get('client_assertion'))
    expect(decodeProtectedHeader(assertion)).toMatchObject({ alg: 'ES256', kid: 'k1' })
    const { payload } = await jwtVerify(assertion, publicKey, { audience: issuer })
    expect([payload.iss, payload.sub]).toEqual(['orders', 'orders'])
  })
})

describe('where it asks', () => {
  const metadata = '/.well-known/oauth-authorization-server'
  test('is discovered, once', async () => {
    tokens['good'] = active({ iss: server.url })
    server.paths[metadata] = { issuer: server.url, introspection_endpoint: server.url + path }
    await start({ endpoint: undefined as never, issuer: server.url, cacheMs: 0 })
    expect([await ask('good'), await ask('good')]).toEqual([200, 200])
    expect(server.asked.filter((each) => each === metadata)).toHaveLength(1)
  })
  test.each([
    [
      'another issuer',
      () => ({ issuer: 'https://evil.test', introspection_endpoint: server.url + path }),
    ],
    ['no endpoint', () => ({ issuer: server.url })],
    [
      'http of another host',
      () => ({ issuer: server.url, introspection_endpoint: 'http://x.test/' }),
    ],
  ])('metadata of %s: 503, and the client is shown to nobody', async (_title, document) => {
    server.paths[metadata] = document()
    await start({ endpoint: undefined as never, issuer: server.url })
    expect(await ask('good')).toBe('503 introspection_failed')
    // What could not be found is looked for again.
    server.paths[metadata] = { issuer: server.url, introspection_endpoint: server.url + path }
    tokens['good'] = active()
    expect(asked).toEqual([])
    expect(await ask('good')).toBe(200)
  })
})

test('a token bound to a key needs a proof (RFC 9449, 6.2)', async () => {
  const client = await makeProofKey()
  tokens['bound'] = active({ cnf: { jkt: client.jkt }, token_type: 'DPoP' })
  await start({}, { dpop: true })
  const dpop = await proof(client, 'bound', { htu: `${service.url}/` })
  const answer = await service.ask({ authorization: 'DPoP bound', dpop })
  expect(answer.status).toBe(200)
  expect(await ask('bound')).toBe('401 bound_token')
})

test('JWTs of issuers, and opaque tokens beside them', async () => {
  tokens['opaque'] = active()
  const jwt = security.oauth2('jwt', {
    issuers: [{ issuer: 'https://idp.test', audience, secret: 'x'.repeat(32) }],
  })
  const opaque = security.oauth2('opaque', {
    introspection: { endpoint: server.url + path, client: { id: 'a', secret: 'b' }, audience },
  })
  service = await serve(security.anyOf(jwt, opaque))
  expect((await bearer('opaque')).body.scheme).toBe('opaque')
})

describe('documentation', () => {
  const introspection = {
    endpoint: 'https://idp.test/introspect',
    client: { id: 'a', secret: 'b' },
    audience,
  }
  const of = (options: Partial<security.OAuth2Options<'read'>>) =>
    security.oauth2('o', { introspection, scopes: { read: 'Read' }, ...options }).internals
      .documentation
  test('flows, with the scopes of the scheme', () => {
    const urls = { authorizationUrl: 'https://idp.test/a', tokenUrl: 'https://idp.test/t' }
    expect(of({ flows: { authorizationCode: urls } })).toEqual({
      type: 'oauth2',
      flows: { authorizationCode: { ...urls, scopes: { read: 'Read' } } },
    })
  })
  test('OpenID Connect, and neither', () => {
    const openIdConnectUrl = 'https://idp.test/.well-known/openid-configuration'
    expect(of({ openIdConnectUrl })).toEqual({ type: 'openIdConnect', openIdConnectUrl })
    expect(of({})).toEqual({ type: 'http', scheme: 'bearer' })
  })
  test.each<[Partial<security.OAuth2Options<'read'>>, string]>([
    [{ flows: {} }, 'flows must be at least one flow'],
    [
      { flows: { authorizationCode: { tokenUrl: 'https://x' } } },
      'flows.authorizationCode.authorizationUrl must be a URL',
    ],
    [
      { flows: { clientCredentials: { tokenUrl: 'x' } } },
      'flows.clientCredentials.tokenUrl must be a URL',
    ],
    [{ openIdConnectUrl: 'x' }, 'openIdConnectUrl must be a URL'],
    [
      { introspection: undefined as never },
      'options must have either issuers or introspection; received neither',
    ],
    [
      { introspection: { ...introspection, audience: undefined as never } },
      'introspection.audience must be a non-empty string',
    ],
    [
      { introspection: { ...introspection, endpoint: 'http://idp.test' } },
      'introspection.endpoint must be an https URL',
    ],
    [
      { introspection: { ...introspection, endpoint: undefined as never } },
      'introspection.issuer must be an https URL',
    ],
    [
      { introspection: { ...introspection, client: { id: 'a' } } },
      'introspection.client.secret must be given, or privateKey',
    ],
    [
      { introspection: { ...introspection, client: { id: 'a', secret: 7 as never } } },
      'introspection.client.secret must be a non-empty string; received something else',
    ],
    [
      { introspection: { ...introspection, cacheMs: -1 } },
      'introspection.cacheMs must be an integer from 0',
    ],
    [
      { introspection: { ...introspection, nope: 1 } as never },
      'unknown option "introspection.nope"',
    ],
  ])('%j is a mistake', (options, message) => {
    expect(() => of(options)).toThrow(message)
  })
})
