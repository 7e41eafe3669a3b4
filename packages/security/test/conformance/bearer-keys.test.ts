import * as security from '@clew/security'
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { type Service, serve } from '../support/service.ts'
import { audience, issuer, makeKey, type TestKey, token } from '../support/tokens.ts'

// API keys as bearer tokens, alone and beside JWTs.

const { key, record } = security.issueApiKey({ owner: 'reporting', scopes: ['read'] })
const acme = security.issueApiKey({ owner: 'acme', prefix: 'acme_live' })
const scopes = { read: '', write: '' }
const bearer = (value: string) => ({ authorization: `Bearer ${value}` })

let service: Service | undefined
afterEach(async () => {
  await service?.close()
  service = undefined
})
async function start(policy: security.Policy, options: Partial<security.SecurityOptions> = {}) {
  service = await serve(policy, options)
  const { ask } = service
  return async (headers: Record<string, string | string[]>) => {
    const { status, body, headers: sent } = await ask(headers)
    return { status, who: body?.scheme, challenges: sent['www-authenticate'], vary: sent.vary }
  }
}

describe("in: 'bearer'", () => {
  const scheme = security.apiKey('key', { keys: [record], in: 'bearer', scopes })

  test.each([
    ['Bearer', 'Bearer'],
    ['in any case', 'bEARER'],
  ])('a key after %s lets in', async (_title, word) => {
    const ask = await start(scheme)
    expect(await ask({ authorization: `${word} ${key}` })).toMatchObject({
      status: 200,
      who: 'key',
    })
  })

  test('not in a header of its own', async () => {
    const ask = await start(scheme)
    expect(await ask({ 'x-api-key': key })).toMatchObject({
      status: 401,
      challenges: 'Bearer realm="key"',
      vary: 'Authorization',
    })
  })

  test('what is wrong is said as for other bearer tokens', async () => {
    const ask = await start(scheme.scopes('write'))
    const stranger = security.issueApiKey({ owner: 'x' }).key
    const slip = key.slice(0, -1) + (key.endsWith('0') ? '1' : '0')
    for (const [value, status, challenge] of [
      [stranger, 401, 'Bearer realm="key", error="invalid_token"'],
      [slip, 401, 'Bearer realm="key", error="invalid_token"'],
      ['something-else', 401, 'Bearer realm="key"'],
      [key, 403, 'Bearer realm="key", error="insufficient_scope", scope="write"'],
      [`${key}, ${key}`, 400, 'Bearer realm="key", error="invalid_request"'],
    ] as const) {
      expect(await ask(bearer(value))).toMatchObject({ status, challenges: challenge })
    }
  })

  test('cannot be met together with another credential of the same header', () => {
    const basic = security.basic('basic', { verify: () => true })
    expect(() => security.allOf(scheme, basic)).toThrow(/two different credentials in one header/)
  })
})

describe("in: 'either'", () => {
  const scheme = security.apiKey('key', { keys: [record], in: 'either', scopes })

  test('a key in one of the two places lets in', async () => {
    const ask = await start(scheme)
    expect(await ask({ 'x-api-key': key })).toMatchObject({ status: 200 })
    expect(await ask(bearer(key))).toMatchObject({ status: 200 })
    expect(await ask({ authorization: 'Basic eDp5', 'x-api-key': key })).toMatchObject({
      status: 200,
    })
    expect(await ask({})).toMatchObject({
      status: 401,
      challenges: 'ApiKey realm="key", name="X-Api-Key", Bearer realm="key"',
      vary: 'X-Api-Key, Authorization',
    })
  })

  test.each([
    ['the same one', { ...bearer(key), 'x-api-key': key }],
    ['another one', { ...bearer(acme.key), 'x-api-key': key }],
    ['one twice', { 'x-api-key': [key, key] }],
    ['one that cannot be read', { authorization: 'Bearer a b', 'x-api-key': key }],
  ])('keys in both places, %s: 400', async (_title, headers) => {
    const ask = await start(scheme)
    expect(await ask(headers)).toMatchObject({ status: 400 })
  })

  test('Basic in the other header can be asked for, too', async () => {
    const basic = security.basic('basic', { verify: () => true })
    const ask = await start(security.allOf(basic, scheme))
    expect(await ask({ authorization: 'Basic eDp5', 'x-api-key': key })).toMatchObject({
      status: 200,
    })
  })
})

describe('beside JWTs', () => {
  let signing: TestKey
  let jwt: security.Scheme
  beforeAll(async () => {
    signing = await makeKey()
    jwt = security.jwt('jwt', { issuers: [{ issuer, audience, jwks: { keys: [signing.jwk] } }] })
  })
  const keys = security.apiKey('key', { keys: [record], in: 'bearer' })

  describe.each([
    ['the key first', () => security.anyOf(keys, jwt)],
    ['the token first', () => security.anyOf(jwt, keys)],
    [
      'either place',
      () => security.anyOf(jwt, security.apiKey('key', { keys: [record], in: 'either' })),
    ],
  ])('%s', (_title, policy) => {
    test('each credential is judged by its own scheme, and by no other', async () => {
      const ask = await start(policy())
      expect(await ask(bearer(key))).toMatchObject({ status: 200, who: 'key' })
      expect(await ask(bearer(await token(signing)))).toMatchObject({ status: 200, who: 'jwt' })
      const reasons = []
      const stranger = security.issueApiKey({ owner: 'x' }).key
      for (const value of [
        stranger,
        await token(signing, { exp: 1 }),
        await token(await makeKey()),
      ]) {
        expect(await ask(bearer(value))).toMatchObject({ status: 401 })
        reasons.push(service?.reason)
      }
      expect(reasons).toEqual(['unknown_key', 'expired', 'bad_signature'])
    })

    test('only guesses of its own count', async () => {
      const ask = await start(policy(), { failures: { max: 3 } })
      for (let asked = 0; asked < 6; asked++) {
        expect(await ask(bearer(key))).toMatchObject({ status: 200 })
        expect(await ask(bearer(await token(signing, { n: asked })))).toMatchObject({ status: 200 })
      }
    })
  })

  test('an API that takes tokens only has no use for a key', async () => {
    const ask = await start(jwt)
    expect(await ask(bearer(key))).toMatchObject({ status: 401, challenges: 'Bearer realm="jwt"' })
  })
})

describe('two kinds of keys in one header are told apart by their prefix', () => {
  const policy = security.anyOf(
    security.apiKey('acme', { keys: [acme.record], prefix: 'acme_live' }),
    security.apiKey('key', { keys: [record], prefix: 'key' }),
  )

  test('and a key of one is no wrong guess at the other', async () => {
    const ask = await start(policy, { failures: { max: 2 } })
    for (let asked = 0; asked < 4; asked++) {
      expect(await ask({ 'x-api-key': acme.key })).toMatchObject({ status: 200, who: 'acme' })
      expect(await ask({ 'x-api-key': key })).toMatchObject({ status: 200, who: 'key' })
    }
    const stranger = security.issueApiKey({ owner: 'x', prefix: 'acme' }).key
    expect(await ask({ 'x-api-key': stranger })).toMatchObject({ status: 401 })
    expect(service?.reason).toBe('other_prefix')
  })
})

test.each([
  [{ in: 'query' }, 'in must be one of header, bearer, either, cookie; received "query"'],
  [{ prefix: 'a-b' }, 'prefix must be 1 to 32 letters, digits and _; received "a-b"'],
  [{ prefix: '' }, 'prefix must be 1 to 32 letters, digits and _; received ""'],
])('%j is refused', (options, message) => {
  expect(() => security.apiKey('key', { keys: [], ...options } as never)).toThrow(
    `security.apiKey: ${message}`,
  )
})
