import * as security from '@clew/security'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { serve } from '../support/service.ts'
import { audience, issuer, makeKey, type TestKey, token } from '../support/tokens.ts'

// What a policy asks of a token besides that it is valid: RFC 6750, section 3.1.

let key: TestKey
beforeAll(async () => {
  key = await makeKey()
})

const make = () =>
  security.jwt('jwt', {
    issuers: [{ issuer, audience, jwks: { keys: [key.jwk] } }],
    scopes: { 'api:read': '', 'api:write': '' },
    roles: { admin: 'May change everything', 'Order clerk': '' },
  })
type Jwt = ReturnType<typeof make>

async function ask(policy: (jwt: Jwt) => security.Policy, claims = {}) {
  const service = await serve(policy(make()))
  const answer = await service.ask({ authorization: `Bearer ${await token(key, claims)}` })
  await service.close()
  return { ...answer, reason: service.reason, challenge: answer.headers['www-authenticate'] }
}

describe('roles', () => {
  test('all of them are needed, exactly', async () => {
    const both = (jwt: Jwt) => jwt.roles('admin', 'Order clerk')
    expect((await ask(both, { roles: ['Order clerk', 'x', 'admin'] })).status).toBe(200)
    for (const roles of [['admin'], ['admin', 'Order'], 'admin Order clerk', [], undefined]) {
      expect(await ask(both, { roles })).toMatchObject({ status: 403, reason: 'insufficient_role' })
    }
  })
  test('one of several: anyOf', async () => {
    const either = (jwt: Jwt) => security.anyOf(jwt.roles('admin'), jwt.roles('Order clerk'))
    expect((await ask(either, { roles: 'Order clerk' })).status).toBe(200)
    expect((await ask(either, { roles: 'x' })).status).toBe(403)
  })
  test('the challenge says neither role nor claim', async () => {
    const answer = await ask((jwt) => jwt.roles('admin').claims({ hd: 'orders.test' }))
    expect(answer.challenge).toBe('Bearer realm="jwt", error="insufficient_scope"')
    expect(answer.body).toEqual({
      type: 'about:blank',
      title: 'Forbidden',
      status: 403,
      code: 'insufficient_scope',
    })
  })
})

describe('claims', () => {
  test.each<[security.ClaimValues, Record<string, unknown>, number]>([
    [{ email_verified: true }, { email_verified: true }, 200],
    [{ email_verified: true }, { email_verified: 'true' }, 403],
    [{ email_verified: true }, { email_verified: 1 }, 403],
    [{ tier: ['gold', 'platinum'] }, { tier: 'platinum' }, 200],
    [{ tier: ['gold', 'platinum'] }, { tier: 'silver' }, 403],
    [{ tier: 'gold' }, { tier: ['silver', 'gold'] }, 200],
    [{ tier: 'gold' }, { tier: [['gold']] }, 403],
    [{ tier: 'gold' }, {}, 403],
    [{ level: 2, hd: 'a' }, { level: 2, hd: 'a' }, 200],
    [{ level: 2, hd: 'a' }, { level: 2 }, 403],
    [{ toString: 'x' }, {}, 403],
  ])('%j of %j: %i', async (values, claims, status) => {
    const answer = await ask((jwt) => jwt.claims(values), claims)
    expect(answer.status).toBe(status)
    if (status === 403) expect(answer.reason).toBe('insufficient_claims')
  })

  test('a function decides, and only true is enough', async () => {
    const age = (jwt: Jwt) => jwt.claims('of age', (claims) => Number(claims['age']) >= 18)
    expect((await ask(age, { age: 18 })).status).toBe(200)
    expect((await ask(age, { age: 17 })).status).toBe(403)
    expect((await ask((jwt) => jwt.claims('lax', () => 'yes' as never))).status).toBe(403)
    expect((await ask((jwt) => jwt.claims('later', (async () => true) as never))).status).toBe(403)
  })
  test('one that throws lets nobody in: 503', async () => {
    const answer = await ask((jwt) =>
      jwt.claims('broken', () => {
        throw new Error('secret')
      }),
    )
    expect([answer.status, answer.reason]).toEqual([503, 'requirement_failed'])
    expect(answer.headers['retry-after']).toBe('5')
  })
})

test('each method adds to what is needed', async () => {
  const all = (jwt: Jwt) =>
    jwt.roles('admin').scopes('api:read').claims({ hd: 'a' }).scopes('api:write').roles('admin')
  const claims = { roles: ['admin'], scope: 'api:write api:read', hd: 'a' }
  expect((await ask(all, claims)).status).toBe(200)
  expect(await ask(all, { ...claims, scope: 'api:write' })).toMatchObject({
    status: 403,
    reason: 'insufficient_scope',
    challenge: 'Bearer realm="jwt", error="insufficient_scope", scope="api:read api:write"',
  })
  expect((await ask(all, { ...claims, roles: [] })).reason).toBe('insufficient_role')
  expect((await ask(all, { ...claims, hd: 'b' })).reason).toBe('insufficient_claims')
})

test('the audit shows what is needed', () => {
  const jwt = make()
  const api = security.create({ default: jwt })
  const policyOf = (policy: security.Policy) =>
    api.audit(security.handler(api.method('m', policy), () => {}))[0]?.policy
  expect(policyOf(jwt.roles('admin', 'Order clerk'))).toBe('jwt[role admin; role Order clerk]')
  expect(policyOf(jwt.scopes('api:read', 'api:write').roles('admin'))).toBe(
    'jwt[api:read api:write; role admin]',
  )
  expect(policyOf(security.anyOf(jwt.claims({ tier: ['a', 'b'], ok: true }), jwt))).toBe(
    'anyOf(jwt[claims tier=a|b ok=true], jwt)',
  )
  expect(policyOf(jwt.claims('of age\n', () => true))).toBe('jwt[claims of age\\n]')
})

test.each<[(jwt: Jwt) => unknown, string, string]>([
  [
    (jwt) => jwt.roles('root' as 'admin'),
    'ERR_SECURITY_SCOPE',
    'scheme.roles: roles[0] must be a role that the scheme "jwt" declares (admin, Order clerk); received "root"',
  ],
  [
    (jwt) => (jwt.roles as () => unknown)(),
    'ERR_SECURITY_SCOPE',
    'scheme.roles: roles[0] must be a role that the scheme "jwt" declares (admin, Order clerk); received none',
  ],
  [
    (jwt) => jwt.claims({}),
    'ERR_SECURITY_OPTION',
    'scheme.claims: values must be an object of at least one claim; received an object',
  ],
  [
    (jwt) => jwt.claims({ a: [] }),
    'ERR_SECURITY_OPTION',
    'scheme.claims: values["a"] must be a string, a finite number, true or false, or an array of at least one of them; received an array',
  ],
  [
    (jwt) => jwt.claims('', () => true),
    'ERR_SECURITY_OPTION',
    'scheme.claims: description must be a string of 1 to 200 characters; received ""',
  ],
  [
    (jwt) => jwt.claims('x', undefined as never),
    'ERR_SECURITY_OPTION',
    'scheme.claims: isEnough must be a function; received undefined',
  ],
])('%s: a mistake', (wrong, code, message) => {
  expect(() => wrong(make())).toThrow(expect.objectContaining({ code, message }))
})
