import * as security from '@clew/security'
import { afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import {
  type AuthorizationServer,
  createAuthorizationServer,
} from '../support/authorization-server.ts'
import { type Service, serve } from '../support/service.ts'
import { audience, makeKey, type TestKey, token } from '../support/tokens.ts'

// Where the keys of an issuer are, by its metadata: OpenID Connect Discovery, section 4; RFC 8414,
// section 3.

let key: TestKey
let server: AuthorizationServer
let services: Service[]
beforeAll(async () => {
  key = await makeKey()
})
beforeEach(async () => {
  server = await createAuthorizationServer()
  services = []
})
afterEach(async () => {
  await Promise.all(services.map((service) => service.close()))
  await server.close()
})

const oidc = '/.well-known/openid-configuration'
const oauth = '/.well-known/oauth-authorization-server'
const metadata = (issuer: string) => ({ issuer, jwks_uri: `${server.url}/keys` })

/** The response to a token of this issuer. */
async function ask(issuer: string, jwks: security.RemoteKeysOptions = { discover: true }) {
  const service = await serve(security.jwt('jwt', { issuers: [{ issuer, audience, jwks }] }))
  services.push(service)
  const authorization = `Bearer ${await token(key, { iss: issuer })}`
  const { status } = await service.ask({ authorization })
  return { status, service, authorization }
}

const errorOf = ({ reports }: Service) =>
  reports.find(({ type }) => type === 'security.keys_failed')?.fields['error']

test('the metadata of OpenID Connect', async () => {
  server.paths[oidc] = metadata(server.url)
  server.paths['/keys'] = { keys: [key.jwk] }
  expect((await ask(server.url)).status).toBe(200)
  expect(server.asked).toEqual([oidc, '/keys'])
})

test('those of RFC 8414, where there are no others: between host and path', async () => {
  const issuer = `${server.url}/tenant/1`
  server.paths[`${oauth}/tenant/1`] = metadata(issuer)
  server.paths['/keys'] = { keys: [key.jwk] }
  expect((await ask(issuer)).status).toBe(200)
  expect(server.asked).toEqual([`/tenant/1${oidc}`, `${oauth}/tenant/1`, '/keys'])
})

test.each([
  ['another issuer', (url: string) => url.replace('127.0.0.1', 'localhost')],
  ['one with a slash more', (url: string) => `${url}/`],
  ['one in capitals', (url: string) => url.toUpperCase()],
  ['none', () => undefined],
])('metadata of %s are refused (RFC 8414, 3.3)', async (_title, other) => {
  server.paths[oidc] = { ...metadata(server.url), issuer: other(server.url) }
  server.paths['/keys'] = { keys: [key.jwk] }
  const { status, service } = await ask(server.url)
  expect([status, service.reason]).toEqual([503, 'no_keys'])
  expect(server.asked).not.toContain('/keys')
})

test.each([
  ['no address', undefined],
  ['http of another host', 'http://keys.test/'],
  ['credentials', 'https://u:p@keys.test/'],
  ['another protocol', 'file:///etc/passwd'],
  ['no URL', 'keys'],
])('metadata with %s for the keys are refused', async (_title, jwks_uri) => {
  server.paths[oidc] = { issuer: server.url, jwks_uri }
  const { status, service } = await ask(server.url)
  expect(status).toBe(503)
  expect(errorOf(service)).toMatch(/jwks_uri/)
})

test.each<[string, AuthorizationServer['paths'][string]]>([
  ['a status of 500', (_req, res) => res.writeHead(500).end()],
  ['a redirect', (_req, res) => res.writeHead(302, { location: '/elsewhere' }).end()],
  ['HTML', (_req, res) => res.writeHead(200, { 'content-type': 'text/html' }).end('<html>')],
  ['an array', [1]],
  ['what is no JSON', (_req, res) => res.setHeader('content-type', 'application/json').end('{')],
  ['a huge document', { issuer: 'x'.repeat(300_000) }],
  ['nothing, ever', () => {}],
])('%s is 503, and says when to come again', async (_title, answer) => {
  server.paths[oidc] = answer
  const { status, service } = await ask(server.url, { discover: true, timeoutMs: 200 })
  expect([status, service.reason]).toEqual([503, 'no_keys'])
})

test('a new address is found with the next fetch', async () => {
  server.paths[oidc] = metadata(server.url)
  server.paths['/keys'] = { keys: [key.jwk] }
  const { service } = await ask(server.url, { discover: true, cooldownMs: 100 })
  const other = await makeKey('k2')
  server.paths[oidc] = { issuer: server.url, jwks_uri: `${server.url}/new` }
  server.paths['/new'] = { keys: [other.jwk] }
  const authorization = `Bearer ${await token(other, { iss: server.url })}`
  let status = 0
  // An unknown kid is looked for once in each cooldown.
  for (let tried = 0; status !== 200 && tried < 100; tried++) {
    status = (await service.ask({ authorization })).status
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  expect(status).toBe(200)
})

test.each<[security.JwtIssuer, string]>([
  [
    { issuer: 'joe', audience, jwks: { discover: true } },
    'issuers[0].issuer must be an https URL without credentials (http for loopback, or with allowHttp); received "joe"',
  ],
  [
    { issuer: 'http://idp.test', audience, jwks: { discover: true } },
    'issuers[0].issuer must be an https URL without credentials',
  ],
  [
    { issuer: 'https://idp.test', audience, jwks: { discover: true, uri: 'https://idp.test' } },
    'issuers[0].jwks must have either uri or discover; received both',
  ],
  [
    { issuer: 'https://idp.test', audience, jwks: {} },
    'issuers[0].jwks must have either uri or discover; received neither',
  ],
  [
    { issuer: 'https://idp.test', audience, jwks: { discover: false as true } },
    'issuers[0].jwks.discover must be true, or left out; received false',
  ],
  [
    { issuer: 'https://idp.test', audience, jwks: { discover: true, dispatcher: {} as never } },
    'issuers[0].jwks.dispatcher must be a Dispatcher of undici; received an object',
  ],
])('%j is a mistake', (issuer, message) => {
  expect(() => security.jwt('jwt', { issuers: [issuer] })).toThrow(message)
})
