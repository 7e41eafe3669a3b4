import * as security from '@clew/security'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Service, serve } from '../support/service.ts'
import { makeKey, seconds, type TestKey, token } from '../support/tokens.ts'

// Access tokens as the common issuers make them, and what else they sign with the same keys.

const tenant = '11111111-2222-3333-4444-555555555555'
const app = 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee'
const spa = 'ffffffff-bbbb-cccc-dddd-eeeeeeeeeeee'
const pool = 'eu-west-1_AbCdEfGhI'
const realm = 'https://sso.test/realms/orders'

let key: TestKey
const services: Record<string, Service> = {}
const service = (name: string) => services[name] as Service

beforeAll(async () => {
  key = await makeKey('k1', 'RS256')
  const jwks = { keys: [key.jwk] }
  const audience = 'https://api.test'
  const profiles = {
    rfc9068: security.rfc9068({ issuer: 'https://idp.test', audience, jwks }),
    auth0: security.auth0({ domain: 'orders.eu.auth0.com', audience, jwks }),
    entra: security.entra({ tenants: [tenant], audience: [app, `api://${app}`], jwks }),
    cognito: security.cognito({ userPool: pool, clients: 'web', jwks }),
    keycloak: security.keycloak({ issuer: realm, audience: 'orders-api', jwks }),
    google: security.google({ audience, emails: ['push@orders.iam.gserviceaccount.com'], jwks }),
  }
  for (const [name, issuers] of Object.entries(profiles)) {
    services[name] = await serve(security.jwt('jwt', { issuers }), { failures: false })
  }
})
afterAll(() => Promise.all(Object.values(services).map((each) => each.close())))

/** What each issuer puts into an access token, as far as it matters here. */
const forms: Record<string, { claims: Record<string, unknown>; header?: Record<string, unknown> }> =
  {
    rfc9068: {
      header: { typ: 'at+jwt' },
      claims: {
        iss: 'https://idp.test',
        client_id: 'web',
        jti: 'j',
        roles: ['admin'],
        groups: ['g'],
      },
    },
    auth0: {
      claims: {
        iss: 'https://orders.eu.auth0.com/',
        aud: ['https://api.test', 'https://orders.eu.auth0.com/userinfo'],
        sub: 'auth0|1',
        azp: 'web',
        scope: 'openid api:read',
        permissions: ['api:write'],
      },
    },
    entra: {
      claims: {
        iss: `https://login.microsoftonline.com/${tenant}/v2.0`,
        aud: app,
        azp: spa,
        ver: '2.0',
        tid: tenant,
        scope: undefined,
        scp: 'api:read api:write',
        roles: ['admin'],
      },
    },
    cognito: {
      header: { typ: undefined },
      claims: {
        iss: `https://cognito-idp.eu-west-1.amazonaws.com/${pool}`,
        aud: undefined,
        client_id: 'web',
        token_use: 'access',
        'cognito:groups': ['admin'],
      },
    },
    keycloak: {
      claims: {
        iss: realm,
        aud: ['account', 'orders-api'],
        typ: 'Bearer',
        azp: 'web',
        realm_access: { roles: ['admin'] },
        resource_access: {
          'orders-api': { roles: ['clerk'] },
          account: { roles: ['manage-account'] },
        },
      },
    },
    google: {
      claims: {
        iss: 'https://accounts.google.com',
        azp: '1',
        email: 'push@orders.iam.gserviceaccount.com',
        email_verified: true,
        scope: undefined,
      },
    },
  }

async function ask(name: string, claims: Record<string, unknown> = {}, header = {}) {
  const form = forms[name]
  const text = await token(
    key,
    { ...form?.claims, ...claims },
    { typ: 'JWT', ...form?.header, ...header },
  )
  const answer = await service(name).ask({ authorization: `Bearer ${text}` })
  return answer.status === 200 ? answer.body : `${answer.status} ${service(name).reason}`
}

describe('an access token is accepted, with its scopes and roles', () => {
  test.each([
    ['rfc9068', ['api:read'], ['admin', 'g']],
    ['auth0', ['openid', 'api:read', 'api:write'], []],
    ['entra', ['api:read', 'api:write'], ['admin']],
    ['cognito', ['api:read'], ['admin']],
    ['keycloak', ['api:read'], ['admin', 'clerk']],
    ['google', [], []],
  ])('%s', async (name, scopes, roles) => {
    const principal = await ask(name)
    expect(principal).toMatchObject({ scopes, roles })
  })
})

describe('what the same issuer signs for something else is refused', () => {
  const names = Object.keys(forms)
  const others: readonly [string, Record<string, unknown>, Record<string, unknown>][] = [
    ['an ID token', { nonce: 'n' }, { typ: 'JWT' }],
    ['an ID token of the code flow', { at_hash: 'x' }, { typ: 'JWT' }],
    ['an ID token of Keycloak', { typ: 'ID' }, { typ: 'JWT' }],
    ['an ID token of Cognito', { token_use: 'id' }, { typ: undefined }],
    ['a refresh token', { typ: 'Refresh' }, { typ: 'JWT' }],
    ['a logout token', { events: {} }, { typ: 'logout+jwt' }],
    ['a logout token without typ', { events: {} }, { typ: 'JWT' }],
    ['a security event', { events: {} }, { typ: 'secevent+jwt' }],
    ['a DPoP proof', { htm: 'GET', htu: 'https://api.test/' }, { typ: 'dpop+jwt' }],
    ['a DPoP proof without typ', { htm: 'GET', htu: 'https://api.test/' }, { typ: undefined }],
    ['a token bound to a key', { cnf: { jkt: 'x' } }, {}],
  ]
  test.each(
    names.flatMap((name) => others.map(([title, ...rest]) => [name, title, ...rest] as const)),
  )('%s: %s', async (name, _title, claims, header) => {
    expect(await ask(name, claims, header)).toMatch(
      /^401 (id_token|wrong_kind|wrong_typ|event_token|proof|bound_token)$/,
    )
  })
  test.each(names)('%s: a token of another issuer', async (name) => {
    expect(await ask(name, { iss: 'https://idp.other' })).toBe('401 unknown_issuer')
  })
})

describe('rfc9068 (section 2.2 and 4)', () => {
  test.each(['client_id', 'iat', 'jti'])('%s is required', async (claim) => {
    expect(await ask('rfc9068', { [claim]: undefined })).toBe('401 missing_claim')
    expect(await ask('rfc9068', { [claim]: null })).toBe('401 missing_claim')
  })
  test('sub and exp are required, and aud', async () => {
    expect(await ask('rfc9068', { sub: undefined })).toBe('401 bad_subject')
    expect(await ask('rfc9068', { exp: undefined })).toBe('401 bad_date')
    expect(await ask('rfc9068', { aud: undefined })).toBe('401 wrong_audience')
  })
  test.each(['JWT', undefined])('typ %s is refused', async (typ) => {
    expect(await ask('rfc9068', {}, { typ })).toBe('401 wrong_typ')
  })
  test('roles may be objects, as RFC 7643 writes them', async () => {
    expect(await ask('rfc9068', { roles: [{ value: 'a', display: 'A' }, 'b'] })).toMatchObject({
      roles: ['a', 'b', 'g'],
    })
    expect(await ask('rfc9068', { roles: [7] })).toBe('401 bad_claims')
  })
})

describe('auth0', () => {
  test('the form of RFC 9068, too', async () => {
    const claims = { azp: undefined, client_id: 'web', jti: 'j' }
    expect(await ask('auth0', claims, { typ: 'at+jwt' })).toMatchObject({ subject: 'auth0|1' })
  })
  test('an ID token, whose audience is the client', async () => {
    expect(await ask('auth0', { aud: 'web', azp: undefined })).toBe('401 wrong_audience')
  })
})

describe('entra', () => {
  const v1 = {
    iss: `https://sts.windows.net/${tenant}/`,
    aud: `api://${app}`,
    azp: undefined,
    appid: spa,
    ver: '1.0',
  }
  test('version 1', async () => {
    expect(await ask('entra', v1)).toMatchObject({ scopes: ['api:read', 'api:write'] })
  })
  test('an ID token for the same application, which names no client', async () => {
    expect(await ask('entra', { azp: undefined, scp: undefined })).toBe('401 missing_claim')
    expect(await ask('entra', { ...v1, appid: undefined })).toBe('401 missing_claim')
  })
  test('another tenant, and one tenant under the name of another', async () => {
    const other = '99999999-2222-3333-4444-555555555555'
    const iss = `https://login.microsoftonline.com/${other}/v2.0`
    expect(await ask('entra', { iss, tid: other })).toBe('401 unknown_issuer')
    expect(await ask('entra', { tid: other })).toBe('401 wrong_claim')
    expect(await ask('entra', { ver: '1.0' })).toBe('401 wrong_claim')
  })
  test('several tenants and clients', async () => {
    const second = '99999999-2222-3333-4444-555555555555'
    const issuers = security.entra({
      tenants: [tenant, second],
      audience: app,
      clients: spa,
      versions: [2],
      jwks: { keys: [key.jwk] },
    })
    expect(issuers.map(({ issuer }) => issuer)).toEqual([
      `https://login.microsoftonline.com/${tenant}/v2.0`,
      `https://login.microsoftonline.com/${second}/v2.0`,
    ])
    const both = await serve(security.jwt('jwt', { issuers }), { failures: false })
    const bearer = async (claims: object) => {
      const text = await token(key, { ...forms['entra']?.claims, ...claims }, { typ: 'JWT' })
      return (await both.ask({ authorization: `Bearer ${text}` })).status
    }
    const iss = issuers[1]?.issuer
    expect([await bearer({}), await bearer({ iss, tid: second })]).toEqual([200, 200])
    expect([await bearer({ azp: app }), both.reason]).toEqual([401, 'wrong_client'])
    await both.close()
  })
})

describe('cognito', () => {
  test('another client of the pool', async () => {
    expect(await ask('cognito', { client_id: 'other' })).toBe('401 wrong_client')
    expect(await ask('cognito', { client_id: undefined })).toBe('401 wrong_client')
    expect(await ask('cognito', { client_id: ['web'] })).toBe('401 wrong_client')
  })
  test('a token that does not say that it is for access', async () => {
    expect(await ask('cognito', { token_use: undefined })).toBe('401 wrong_claim')
  })
  test('with an audience, where the pool binds tokens to a resource', async () => {
    const [issuer] = security.cognito({ userPool: pool, clients: ['web'], audience: 'https://a' })
    expect(issuer).toMatchObject({ clients: ['web'], audience: ['https://a'] })
  })
})

describe('keycloak', () => {
  test('without sub, the client is the subject', async () => {
    expect(await ask('keycloak', { sub: undefined })).toMatchObject({ subject: 'web' })
    expect(await ask('keycloak', { sub: undefined, azp: undefined })).toBe('401 bad_subject')
    expect(await ask('keycloak', { sub: '' })).toBe('401 bad_subject')
  })
  test('roles of other clients do not count', async () => {
    const { roles } = (await ask('keycloak', { realm_access: undefined })) as { roles: string[] }
    expect(roles).toEqual(['clerk'])
  })
  test.each([{ roles: 'admin' }, ['admin'], 'admin', null, { roles: null }])(
    'realm_access %j grants what it says, or nothing',
    async (realm_access) => {
      const found = await ask('keycloak', { realm_access, resource_access: undefined })
      const roles = (found as { roles?: string[] }).roles ?? []
      expect(roles).toEqual((realm_access as { roles?: string } | null)?.roles ? ['admin'] : [])
    },
  )
})

describe('google', () => {
  test('the other spelling of the issuer', async () => {
    expect(await ask('google', { iss: 'accounts.google.com' })).toMatchObject({ subject: 'alice' })
  })
  test('other accounts, and addresses that are not verified', async () => {
    expect(await ask('google', { email: 'a@evil.test' })).toBe('401 wrong_claim')
    expect(await ask('google', { email_verified: false })).toBe('401 wrong_claim')
    expect(await ask('google', { email_verified: 'true' })).toBe('401 wrong_claim')
  })
})

describe('where the keys are', () => {
  const jwks = (issuers: readonly security.JwtIssuer[]) => issuers.map((issuer) => issuer.jwks)
  const audience = 'a'
  test('the address that the issuer documents', () => {
    expect(jwks(security.rfc9068({ issuer: 'https://idp.test', audience }))).toEqual([
      { discover: true },
    ])
    expect(jwks(security.auth0({ domain: 'x.auth0.com', audience }))).toEqual([
      { uri: 'https://x.auth0.com/.well-known/jwks.json' },
    ])
    expect(jwks(security.entra({ tenants: [tenant], audience, versions: [1] }))).toEqual([
      { uri: `https://login.microsoftonline.com/${tenant}/discovery/v2.0/keys` },
    ])
    expect(jwks(security.cognito({ userPool: 'cn-north-1_a', clients: 'c' }))).toEqual([
      { uri: 'https://cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_a/.well-known/jwks.json' },
    ])
    expect(jwks(security.keycloak({ issuer: realm, audience }))).toEqual([
      { uri: `${realm}/protocol/openid-connect/certs` },
    ])
    expect(jwks(security.google({ audience, emails: 'any' }))).toHaveLength(2)
  })
  test('settings of the fetch keep it, another address replaces it', () => {
    const of = (keys: security.ProfileKeys) =>
      jwks(security.auth0({ domain: 'x.auth0.com', audience, jwks: keys }))[0]
    expect(of({ timeoutMs: 100 })).toMatchObject({
      uri: 'https://x.auth0.com/.well-known/jwks.json',
      timeoutMs: 100,
    })
    expect(of({ uri: 'https://mirror.test/' })).toEqual({ uri: 'https://mirror.test/' })
  })
})

test.each<[() => unknown, string]>([
  [
    () => security.auth0({ domain: 'https://x', audience: 'a' }),
    'security.auth0: domain must be the name of a host',
  ],
  [
    () => security.auth0({ domain: 'x' } as never),
    'security.auth0: audience must be a non-empty string',
  ],
  [
    () => security.entra({ tenants: ['common'], audience: 'a' }),
    'security.entra: tenants[0] must be the id of a tenant',
  ],
  [
    () => security.entra({ tenants: [], audience: 'a' }),
    'security.entra: tenants must be an array of at least one',
  ],
  [
    () => security.entra({ tenants: [tenant], audience: 'a', versions: [3 as 1] }),
    'security.entra: versions must be',
  ],
  [
    () => security.cognito({ userPool: 'x', clients: 'c' }),
    'security.cognito: userPool must be the id of a user pool',
  ],
  [() => security.cognito({ userPool: pool } as never), 'security.cognito: clients must be'],
  [
    () => security.keycloak({ issuer: 'https://sso.test', audience: 'a' }),
    'security.keycloak: issuer must be the URL of a realm',
  ],
  [
    () => security.google({ audience: 'a' } as never),
    'security.google: emails must be an array of at least one',
  ],
  [
    () => security.rfc9068({ audience: 'a' } as never),
    'security.rfc9068: issuer must be a non-empty string',
  ],
])('%s: a wrong option', (make, message) => {
  expect(make).toThrow(message)
})

test('a profile is data that anybody could write', async () => {
  const issuers: readonly security.JwtIssuer[] = [
    {
      issuer: 'https://okta.test/oauth2/default',
      audience: 'api://default',
      clients: ['web'],
      scopeClaims: ['scp'],
      roleClaims: ['groups', ['app', 'roles']],
      requiredClaims: ['uid'],
      claims: { ver: 1 },
      jwks: { keys: [key.jwk] },
    },
  ]
  const okta = await serve(security.jwt('jwt', { issuers }))
  const claims = {
    iss: 'https://okta.test/oauth2/default',
    aud: 'api://default',
    cid: 'web',
    uid: 'u',
    ver: 1,
    scope: undefined,
    scp: ['api:read'],
    groups: ['Everyone'],
    app: { roles: ['admin'] },
    iat: seconds(),
  }
  const text = await token(key, claims, { typ: undefined })
  const { status, body } = await okta.ask({ authorization: `Bearer ${text}` })
  expect([status, body.scopes, body.roles]).toEqual([200, ['api:read'], ['Everyone', 'admin']])
  await okta.close()
})
