import * as security from '@clew/security'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Service, serve } from '../support/service.ts'
import { audience, issuer, makeKey, seconds, type TestKey, token } from '../support/tokens.ts'

// Tokens of the right issuer, for the right audience, that are for something else than access
// (RFC 8725, section 2.8).

let key: TestKey
const services: Partial<Record<'at+jwt' | 'access' | 'any', Service>> = {}
beforeAll(async () => {
  key = await makeKey()
  for (const typ of ['at+jwt', 'access', 'any'] as const) {
    const issuers = [{ issuer, audience, typ, jwks: { keys: [key.jwk] } }]
    services[typ] = await serve(security.jwt('jwt', { issuers }), { failures: false })
  }
})
afterAll(() => Promise.all(Object.values(services).map((service) => service.close())))

async function ask(typ: keyof typeof services, claims = {}, header = {}) {
  const service = services[typ] as Service
  const authorization = `Bearer ${await token(key, claims, header)}`
  const { status } = await service.ask({ authorization })
  return status === 200 ? 200 : `${status} ${service.reason}`
}

describe('by default', () => {
  test.each(['at+jwt', 'AT+JWT', 'application/at+jwt', 'JWT', 'jwt', 'application/jwt', undefined])(
    'typ %s is for access',
    async (typ) => expect(await ask('access', {}, { typ })).toBe(200),
  )

  test.each([
    'logout+jwt',
    'dpop+jwt',
    'secevent+jwt',
    'id_token+jwt',
    'token-introspection+jwt',
    'oauth-authz-req+jwt',
    'client-authentication+jwt',
    'application/logout+jwt',
    'entity-statement+jwt',
    'vc+sd-jwt',
    'JWS',
    '',
    'refresh',
  ])('typ %s is not', async (typ) => expect(await ask('access', {}, { typ })).toBe('401 wrong_typ'))

  test.each([
    ['an ID token', { nonce: 'n' }, 'id_token'],
    ['an ID token of the code flow', { at_hash: 'x' }, 'id_token'],
    ['an ID token of the hybrid flow', { c_hash: 'x' }, 'id_token'],
    [
      'a logout token',
      { events: { 'http://schemas.openid.net/event/backchannel-logout': {} } },
      'event_token',
    ],
    ['a DPoP proof', { htm: 'GET', htu: 'https://api.test/' }, 'proof'],
    ['a refresh token of Keycloak', { typ: 'Refresh' }, 'wrong_kind'],
    ['an offline token of Keycloak', { typ: 'Offline' }, 'wrong_kind'],
    ['an ID token of Keycloak', { typ: 'ID' }, 'wrong_kind'],
    ['an ID token of Cognito', { token_use: 'id' }, 'wrong_kind'],
    ['a refresh token of somebody', { token_type: 'refresh_token' }, 'wrong_kind'],
  ])('%s is not', async (_title, claims, reason) => {
    for (const typ of ['JWT', undefined]) {
      expect(await ask('access', claims, { typ })).toBe(`401 ${reason}`)
    }
  })

  test('an access token of Keycloak and one of Cognito are', async () => {
    expect(await ask('access', { typ: 'Bearer' }, { typ: 'JWT' })).toBe(200)
    expect(await ask('access', { token_use: 'access' }, { typ: undefined })).toBe(200)
  })
})

test('with at+jwt nothing else is', async () => {
  expect(await ask('at+jwt', { nonce: 'n' })).toBe(200)
  for (const typ of ['JWT', undefined, 'logout+jwt']) {
    expect(await ask('at+jwt', {}, { typ })).toBe('401 wrong_typ')
  }
})

test('with any everything is', async () => {
  for (const typ of ['logout+jwt', undefined]) {
    expect(await ask('any', { nonce: 'n' }, { typ })).toBe(200)
  }
})

test.each(['at+jwt', 'access', 'any'] as const)(
  'a token that is bound to a key of the client is no bearer token (%s)',
  async (typ) => {
    for (const cnf of [{ jkt: 'x' }, { 'x5t#S256': 'x' }, null]) {
      expect(await ask(typ, { cnf })).toBe('401 bound_token')
    }
  },
)

describe('without iat', () => {
  test('exp alone decides', async () => {
    const exp = seconds() + 10 * 86_400
    expect(await ask('access', { iat: undefined, exp })).toBe(200)
    expect(await ask('access', { iat: seconds(), exp })).toBe('401 lives_too_long')
    expect(await ask('access', { iat: undefined, exp: seconds() - 60 })).toBe('401 expired')
  })
})

test('HS256 may be named beside the secret, and nothing else', () => {
  const secret = 'x'.repeat(32)
  const make = (algorithms: readonly string[]) => () =>
    security.jwt('jwt', {
      issuers: [{ issuer, audience, secret, algorithms: algorithms as never }],
    })
  expect(make(['HS256'])).not.toThrow()
  for (const wrong of [[], ['RS256'], ['HS256', 'ES256'], ['HS512']]) expect(make(wrong)).toThrow()
})

test.each(['\u00a0', '\u0085', '\u00ad'])('a token is not trimmed of %j', async (space) => {
  const service = services.access as Service
  const text = await token(key)
  for (const wrong of [`${text}${space}`, `${space}${text}`]) {
    expect((await service.ask({ authorization: `Bearer ${wrong}` })).status).toBe(401)
  }
  expect((await service.ask({ authorization: `Bearer ${text}  ` })).status).toBe(200)
})
