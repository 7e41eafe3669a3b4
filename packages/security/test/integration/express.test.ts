import { findRecord } from '@clew/internal/requests/slot'
import * as security from '@clew/security'
import { type Listening, listen } from '@clew/testing'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import express5 from 'express'
import express4 from 'express4'
import { audience, issuer, makeKey, type TestKey, token } from '../support/tokens.ts'

describe.each([
  ['Express 5', express5],
  ['Express 4', express4],
])('%s: four schemes, policies of API, service and method', (_name, express) => {
  let key: TestKey
  let service: Listening
  let issued: security.IssuedApiKey
  let weak: security.IssuedApiKey
  const reports: security.Report[] = []

  beforeAll(async () => {
    key = await makeKey()
    issued = security.issueApiKey({ owner: 'reporting', scopes: ['users:read'] })
    weak = security.issueApiKey({ owner: 'nobody' })
    const jwt = security.jwt('jwt', {
      issuers: [{ issuer, audience, jwks: { keys: [key.jwk] } }],
      scopes: { 'api:read': 'Read', 'api:write': 'Write', admin: 'Everything' },
    })
    const apiKey = security.apiKey('api_key', {
      in: 'header',
      name: 'X-Api-Key',
      keys: [issued.record, weak.record],
      scopes: { 'users:read': 'List users' },
    })
    const basic = security.basic('basic', {
      users: { ada: await security.hashPassword('s3cret:with colon', { cost: 10 }) },
    })
    const api = security.create({ default: jwt.scopes('api:read') })
    api.subscribe((report) => reports.push(report))
    const users = api.service('users', apiKey.scopes('users:read'))
    const app = express()
    const who: express5.RequestHandler = (req, res) => {
      res.json(security.principal(req))
    }
    app.get('/orders/:id', api.method('show'), who)
    app.post(
      '/orders',
      api.method('create', jwt.scopes('api:write')),
      express.json(),
      (req, res) => {
        res.status(201).json({ got: req.body })
      },
    )
    app.get('/admin', api.method('admin', jwt.scopes('admin')), who)
    app.get('/users', users.method('list'), who)
    app.get('/report', users.method('report', basic), who)
    app.get('/either', api.method('either', security.anyOf(apiKey, jwt)), who)
    app.get('/both', api.method('both', security.allOf(basic, apiKey)), who)
    app.get('/public', api.method('public', security.noSecurity('a page for all')), (req, res) => {
      res.json(findRecord(req)?.operation ?? null)
    })
    expect(api.audit(app).filter(({ kind }) => kind === 'route')).toHaveLength(8)
    service = await listen(app)
  })
  afterAll(() => service.close())

  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(service.url + path, { headers })
  const bearer = async (claims = {}) => ({ authorization: `Bearer ${await token(key, claims)}` })
  const ada = { authorization: `Basic ${Buffer.from('ada:s3cret:with colon').toString('base64')}` }

  test('the default of the API lets a good token in', async () => {
    const answer = await get('/orders/1', await bearer())
    expect(answer.status).toBe(200)
    expect(await answer.json()).toMatchObject({
      scheme: 'jwt',
      subject: 'alice',
      scopes: ['api:read'],
    })
  })

  test('no credential: 401 with a challenge without error code, and nothing about why', async () => {
    const answer = await get('/orders/1')
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="jwt"')
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.headers.get('vary')).toBe('Authorization')
    expect(await answer.json()).toEqual({
      type: 'about:blank',
      title: 'Unauthorized',
      status: 401,
      code: 'unauthorized',
    })
  })

  test('a wrong token: 401 invalid_token', async () => {
    const answer = await get('/orders/1', { authorization: 'Bearer abc' })
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="jwt", error="invalid_token"')
  })

  test("the policy of a method replaces the API's: 403 with the scope it needs", async () => {
    const answer = await get('/admin', await bearer())
    expect(answer.status).toBe(403)
    expect(answer.headers.get('www-authenticate')).toBe(
      'Bearer realm="jwt", error="insufficient_scope", scope="admin"',
    )
    expect((await get('/admin', await bearer({ scope: 'admin' }))).status).toBe(200)
  })

  test('the body is read after the decision, and arrives', async () => {
    const post = async (headers: Record<string, string>) =>
      fetch(`${service.url}/orders`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: '{"amount":1}',
      })
    const good = await post(await bearer({ scope: 'api:write' }))
    expect([good.status, await good.json()]).toEqual([201, { got: { amount: 1 } }])
    expect((await post({})).status).toBe(401)
  })

  test("the policy of a service replaces the API's: a token is no key", async () => {
    expect((await get('/users', await bearer({ scope: 'users:read' }))).status).toBe(401)
    const answer = await get('/users', { 'x-api-key': issued.key })
    expect(await answer.json()).toMatchObject({ scheme: 'api_key', subject: 'reporting' })
    expect((await get('/users', { 'x-api-key': weak.key })).status).toBe(403)
    expect((await get('/users', { 'x-api-key': `${issued.key.slice(0, -1)}!` })).status).toBe(401)
  })

  test('basic', async () => {
    const answer = await get('/report', ada)
    expect(await answer.json()).toMatchObject({ scheme: 'basic', subject: 'ada' })
    const wrong = await get('/report', { authorization: `Basic ${btoa('ada:guess')}` })
    expect(wrong.status).toBe(401)
    expect(wrong.headers.get('www-authenticate')).toBe('Basic realm="basic", charset="UTF-8"')
  })

  test('anyOf names every way in; either one is enough', async () => {
    const answer = await get('/either')
    expect(answer.headers.get('www-authenticate')).toBe(
      'ApiKey realm="api_key", name="X-Api-Key", Bearer realm="jwt"',
    )
    expect((await get('/either', { 'x-api-key': weak.key })).status).toBe(200)
    expect((await get('/either', await bearer())).status).toBe(200)
  })

  test('allOf needs both', async () => {
    expect((await get('/both', ada)).status).toBe(401)
    expect((await get('/both', { 'x-api-key': weak.key })).status).toBe(401)
    expect((await get('/both', { ...ada, 'x-api-key': weak.key })).status).toBe(200)
  })

  test('noSecurity lets everybody in; the operation is on the request', async () => {
    expect(await (await get('/public')).json()).toEqual({ method: 'public' })
  })

  test('HEAD has the policy of GET, and no body', async () => {
    const answer = await fetch(`${service.url}/admin`, { method: 'HEAD' })
    expect([answer.status, await answer.text()]).toEqual([401, ''])
  })

  test('an unknown path stays 404', async () => {
    expect((await get('/nowhere')).status).toBe(404)
  })

  test('each denial was reported, without any secret', async () => {
    const denied = reports.filter(({ type }) => type === 'security.denied')
    expect(denied.map(({ fields }) => fields['status'])).toEqual(expect.arrayContaining([401, 403]))
    expect(denied.find(({ fields }) => fields['scheme'] === 'api_key')).toMatchObject({
      fields: { service: 'users', method: 'list', reason: 'no_credential', status: 401 },
    })
    expect(denied.find(({ fields }) => fields['reason'] === 'wrong_password')).toMatchObject({
      level: 'warn',
    })
    const said = JSON.stringify(reports)
    for (const secret of [issued.key, weak.key, 's3cret', 'guess', 'eyJ'])
      expect(said).not.toContain(secret)
  })
})
