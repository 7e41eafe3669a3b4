import * as security from '@clew/security'
import { listen } from '@clew/testing'
import { afterEach, expect, test } from '@jest/globals'
import express from 'express'

// RFC 9728: the examples are those of sections 3 and 5.

const jwt = security.jwt('jwt', {
  issuers: [{ issuer: 'https://as.example', audience: 'a', secret: 'x'.repeat(32) }],
  scopes: { 'api:read': '', 'api:write': '' },
})
const key = security.apiKey('key', { keys: [] })
const closes: (() => unknown)[] = []
afterEach(async () => {
  await Promise.all(closes.splice(0).map((close) => close()))
})
const make = (protectedResource: object, policy: security.Policy = jwt) =>
  security.create({ default: policy, protectedResource: protectedResource as never })
const authorizationServers = ['https://as.example']

test('a client that is refused finds its way to the authorization server', async () => {
  const app = express()
  const service = await listen(app)
  closes.push(() => service.close())
  const resource = `${service.url.replace(/\/$/, '')}/resource1`
  const api = make(
    { resource, authorizationServers, name: 'Orders', documentation: 'https://docs.example/' },
    security.anyOf(key, jwt),
  )
  const { path, handler } = api.resourceMetadata()
  app.get('/resource1', api.method('read'), (_req, res) => void res.end('ok'))
  app.all(path, handler)
  const rows = api.audit(app)
  expect(rows.find((row) => row.path === path)?.policy).toMatch(/^noSecurity\(/)

  const refused = await fetch(resource, { headers: { authorization: 'Bearer x' } })
  await refused.text()
  const challenges = refused.headers.get('www-authenticate') ?? ''
  const [, url = ''] = /resource_metadata="([^"]+)"/.exec(challenges) ?? []
  expect([refused.status, challenges]).toEqual([
    401,
    `ApiKey realm="key", name="X-Api-Key", Bearer realm="jwt", error="invalid_token", resource_metadata="${url}"`,
  ])
  expect(new URL(url).pathname).toBe('/.well-known/oauth-protected-resource/resource1')

  const answer = await fetch(url)
  expect(answer.headers.get('content-type')).toBe('application/json')
  expect(answer.headers.get('cache-control')).toBe('public, max-age=3600')
  expect(await answer.json()).toEqual({
    resource,
    authorization_servers: ['https://as.example'],
    bearer_methods_supported: ['header'],
    scopes_supported: ['api:read', 'api:write'],
    resource_name: 'Orders',
    resource_documentation: 'https://docs.example/',
  })
  const head = await fetch(url, { method: 'HEAD' })
  expect([head.status, await head.text()]).toEqual([200, ''])
  const post = await fetch(url, { method: 'POST' })
  expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
})

test.each([
  ['https://resource.example', '/.well-known/oauth-protected-resource'],
  ['https://resource.example/', '/.well-known/oauth-protected-resource'],
  ['https://resource.example/resource1', '/.well-known/oauth-protected-resource/resource1'],
  ['https://resource.example/a/b/', '/.well-known/oauth-protected-resource/a/b/'],
  ['http://[::1]:8080/a', '/.well-known/oauth-protected-resource/a'],
])('the metadata of %s are at %s', (resource, path) => {
  expect(make({ resource, authorizationServers }).resourceMetadata().path).toBe(path)
})

test('without the option, challenges name no metadata, and there are none', async () => {
  const api = security.create({ default: jwt })
  const decision = await api
    .method('a')
    .authenticate({ method: 'GET', url: '/', headers: {}, peer: '127.0.0.1' })
  expect(decision.allowed || decision.denied.headers['WWW-Authenticate']).toEqual([
    'Bearer realm="jwt"',
  ])
  expect(() => api.resourceMetadata()).toThrow(
    'api.resourceMetadata: the option protectedResource of create must be given',
  )
})

test.each([
  [{ authorizationServers }, 'protectedResource.resource must be an https URL'],
  [{ resource: 'http://api.example', authorizationServers }, 'protectedResource.resource must be'],
  [{ resource: 'http://127.evil.example', authorizationServers }, 'protectedResource.resource'],
  [{ resource: 'https://a.example/#x', authorizationServers }, 'protectedResource.resource'],
  [{ resource: 'https://a.example/"x', authorizationServers }, 'protectedResource.resource'],
  [{ resource: 'https://a.example' }, 'protectedResource.authorizationServers must be an array'],
  [
    { resource: 'https://a.example', authorizationServers: ['https://as.example/?x'] },
    'protectedResource.authorizationServers[0] must be an https URL',
  ],
  [{ resource: 'https://a.example', authorizationServer: '' }, 'unknown option'],
])('%j is refused', (options, message) => {
  expect(() => make(options)).toThrow(`security.create: ${message}`)
})
