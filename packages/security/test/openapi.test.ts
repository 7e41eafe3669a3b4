import * as security from '@clew/security'
import { protect as protectFastify } from '@clew/security/fastify'
import { describe, expect, test } from '@jest/globals'
import { Validator } from '@seriousme/openapi-schema-validator'
import express from 'express'
import fastify from 'fastify'
import { pathTemplate } from '../src/metadata/paths.ts'

const scopes = { read: 'Read orders', write: '' }
const key = security.apiKey('api key', { keys: [], scopes })
const bearer = security.apiKey('bearer', { keys: [], in: 'bearer' })
const either = security.apiKey('either', { keys: [], in: 'either', name: 'X-Key' })
const cookie = security.apiKey('cookie', { keys: [], in: 'cookie', name: 'session_key' })
const basic = security.basic('basic', { verify: () => true, scopes: { admin: 'Everything' } })
const jwt = security.jwt('jwt', {
  issuers: [{ issuer: 'https://idp.test/', audience: 'a', secret: 'x'.repeat(32) }],
  scopes: { 'api:read': 'Read', 'api:write': 'Write' },
})
const session = security.scheme('session', { authenticate: () => undefined, header: 'X-Session' })
const ok: express.RequestHandler = (_req, res) => void res.end('ok')

async function problems(document: security.OpenApiDocument): Promise<unknown> {
  const { valid, errors } = await new Validator().validate(structuredClone(document))
  return valid ? [] : errors
}
const conflictOf = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_SECURITY_OPENAPI' })
    return (error as Error).message
  }
  return 'nothing was thrown'
}

function createApi() {
  const api = security.create({ default: jwt.scopes('api:read'), service: 'orders' })
  const app = express()
  app.get('/orders', api.method('list'), ok)
  app.get('/orders/:id', api.method('read', security.anyOf(key.scopes('read'), jwt)), ok)
  app.post('/orders', api.method('create', security.allOf(either, basic, key)), ok)
  app.delete('/orders/:id', api.method('remove', security.anyOf(bearer, cookie, session)), ok)
  app.get('/ping', api.method('ping', security.noSecurity('for load balancers')), ok)
  api.audit(app)
  return api
}

describe('a document of its own', () => {
  test('has every scheme and every route, and is valid', async () => {
    const document = createApi().openapi()
    expect(await problems(document)).toEqual([])
    expect(document['components']).toEqual({
      securitySchemes: {
        api_key: {
          type: 'apiKey',
          in: 'header',
          name: 'X-Api-Key',
          description: 'Scopes: read: Read orders; write',
        },
        basic: { type: 'http', scheme: 'basic', description: 'Scopes: admin: Everything' },
        bearer: { type: 'http', scheme: 'bearer' },
        cookie: { type: 'apiKey', in: 'cookie', name: 'session_key' },
        either: { type: 'apiKey', in: 'header', name: 'X-Key' },
        either_bearer: { type: 'http', scheme: 'bearer' },
        jwt: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'Scopes: api:read: Read; api:write: Write',
        },
        session: { type: 'apiKey', in: 'header', name: 'X-Session' },
      },
    })
    const id = [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }]
    expect(document['paths']).toEqual({
      '/orders': {
        get: { operationId: 'orders.list', security: [{ jwt: ['api:read'] }] },
        post: {
          operationId: 'orders.create',
          security: [
            { either: [], basic: [], api_key: [] },
            { either_bearer: [], basic: [], api_key: [] },
          ],
        },
      },
      '/orders/{id}': {
        get: {
          operationId: 'orders.read',
          parameters: id,
          security: [{ api_key: ['read'] }, { jwt: [] }],
        },
        delete: {
          operationId: 'orders.remove',
          parameters: id,
          security: [{ bearer: [] }, { cookie: [] }, { session: [] }],
        },
      },
      '/ping': { get: { operationId: 'orders.ping', security: [] } },
    })
  })

  test('says how clients get a token, as far as the scheme does', async () => {
    const introspection = {
      endpoint: 'https://idp.test/introspect',
      client: { id: 'orders', secret: 'x' },
      audience: 'orders',
    }
    const tokenUrl = 'https://idp.test/token'
    const openIdConnectUrl = 'https://idp.test/.well-known/openid-configuration'
    const flows = security.oauth2('flows', {
      introspection,
      scopes,
      flows: { clientCredentials: { tokenUrl } },
    })
    const discovered = security.oauth2('discovered', { introspection, openIdConnectUrl })
    const neither = security.oauth2('neither', { introspection })
    const api = security.create({
      default: security.anyOf(flows.scopes('read'), discovered, neither),
    })
    api.audit(express().get('/', api.method('a'), ok))
    const document = api.openapi()
    expect(await problems(document)).toEqual([])
    expect(document['components']).toEqual({
      securitySchemes: {
        flows: {
          type: 'oauth2',
          flows: { clientCredentials: { tokenUrl, scopes } },
          description: 'Scopes: read: Read orders; write',
        },
        discovered: { type: 'openIdConnect', openIdConnectUrl },
        neither: { type: 'http', scheme: 'bearer' },
      },
    })
  })

  test('of Fastify, too', async () => {
    const api = security.create({ default: key })
    const app = protectFastify(fastify())
    app.get('/a/:id', { config: { security: api.method('a') } as object }, async () => 'ok')
    api.audit(app)
    const document = api.openapi()
    expect(await problems(document)).toEqual([])
    expect(document['paths']).toMatchObject({ '/a/{id}': { get: { security: [{ api_key: [] }] } } })
    await app.close()
  })

  test('two routes of one method have one operationId, since it must be unique', async () => {
    const api = security.create({ default: key })
    const guard = api.method('list')
    api.audit(express().get('/a', guard, ok).get('/b', guard, ok))
    const document = api.openapi()
    expect(await problems(document)).toEqual([])
    expect(JSON.stringify(document).match(/"operationId"/g)).toHaveLength(1)
  })

  test('a scope twice in an allOf is named once', () => {
    const api = security.create({
      default: security.allOf(key.scopes('read'), key.scopes('read', 'write')),
    })
    api.audit(express().get('/', api.method('a'), ok))
    expect(api.openapi()['paths']).toMatchObject({
      '/': { get: { security: [{ api_key: ['read', 'write'] }] } },
    })
  })

  test('an application without a policy somewhere has none', () => {
    const api = security.create({ default: key })
    const app = api.protect(express().get('/', api.method('a'), ok))
    app.get('/open', ok)
    expect(() => api.openapi()).toThrow(expect.objectContaining({ code: 'ERR_SECURITY_UNCOVERED' }))
  })
})

describe("an application's own document", () => {
  const own = {
    openapi: '3.1.0',
    info: { title: 'Orders', version: '2' },
    servers: [{ url: 'https://api.test/v1' }],
    paths: {
      '/orders/{orderId}': {
        parameters: [{ name: 'orderId', in: 'path', required: true, schema: { type: 'string' } }],
        get: { summary: 'One order', responses: { 200: { description: 'an order' } } },
      },
    },
    components: { schemas: { Order: { type: 'object' } } },
  }
  const api = security.create({ default: jwt.scopes('api:read') })
  api.audit(express().get('/orders/:id', api.method('read'), ok))

  test('gets what is declared, keeps everything else, and is not changed itself', async () => {
    const before = structuredClone(own)
    const document = api.openapi(own)
    expect(own).toEqual(before)
    expect(await problems(document)).toEqual([])
    expect(document).toMatchObject(own)
    expect(document).toMatchObject({
      paths: { '/orders/{orderId}': { get: { security: [{ jwt: ['api:read'] }] } } },
      components: { securitySchemes: { jwt: { type: 'http', scheme: 'bearer' } } },
    })
    // Again, with what came out: nothing changes.
    expect(api.openapi(document)).toEqual(document)
  })

  test('whose server has a path in front', () => {
    const v1 = security.create({ default: jwt })
    v1.audit(express().get('/v1/orders/:id', v1.method('read'), ok))
    expect(v1.openapi(own, { basePath: '/v1' })).toMatchObject({
      paths: { '/orders/{orderId}': { get: { security: [{ jwt: [] }] } } },
    })
    expect(conflictOf(() => v1.openapi(own))).toMatch(/GET \/orders\/\{orderId\}/)
  })

  test('documents of two APIs, one after the other', async () => {
    const other = security.create({ default: key })
    other.audit(express().get('/keys', other.method('keys'), ok))
    const both = {
      ...own,
      paths: { ...own.paths, '/keys': { get: { security: [{ api_key: [] }] } } },
    }
    const document = other.openapi({ ...api.openapi(both) })
    expect(await problems(document)).toEqual([])
    expect(Object.keys((document['components'] as any).securitySchemes).sort()).toEqual([
      'api_key',
      'jwt',
    ])
  })

  const withOperation = (more: object) => ({
    ...own,
    paths: { '/orders/{id}': { get: { ...more } } },
  })
  test.each([
    [
      'another security of an operation',
      withOperation({ security: [{ jwt: [] }] }),
      'api.openapi: operation GET /orders/{id} must have the security that is declared, [{"jwt":["api:read"]}], or none; received [{"jwt":[]}]',
    ],
    ['none where one is needed', withOperation({ security: [] }), 'received []'],
    [
      'another scheme with the same name',
      { ...own, components: { securitySchemes: { jwt: { type: 'http', scheme: 'basic' } } } },
      'components.securitySchemes["jwt"] must be {"type":"http","scheme":"bearer"',
    ],
    [
      'an operation that no route answers',
      { ...own, paths: { '/nowhere': { post: {} } } },
      'operation POST /nowhere must be a route of an application',
    ],
  ])('%s is refused', (_title, document, message) => {
    expect(conflictOf(() => api.openapi(document))).toContain(message)
  })

  test.each([
    [{ openapi: '3.0.3' }, {}, 'document must be a document of OpenAPI 3.1; received "3.0.3"'],
    [{ swagger: '2.0' }, {}, 'document must be a document of OpenAPI 3.1'],
    [own, { basePath: 'v1/' }, 'basePath must be a path such as /v1'],
    [own, { base: '/v1' }, 'unknown option "base"'],
  ])('%j with %j is refused', (document, options, message) => {
    expect(() => api.openapi(document as never, options as never)).toThrow(
      `api.openapi: ${message}`,
    )
  })
})

test.each([
  ['/', '/'],
  ['/orders/:id', '/orders/{id}'],
  ['/orders/:id(\\d+)/items/:item', '/orders/{id}/items/{item}'],
  ['/flights/:from-:to', '/flights/{from}-{to}'],
  ['/orders/{id}', '/orders/{id}'],
  ['/files/*path', undefined],
  ['*', undefined],
  ['/a{/:b}', undefined],
  ['/a/:b?', undefined],
  ['/(a|b)', undefined],
])('the route %s is the path %s', (route, path) => {
  expect(pathTemplate(route)?.path).toBe(path)
})
