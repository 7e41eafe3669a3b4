import { createHash, createHmac, generateKeyPairSync } from 'node:crypto'
import { connect } from 'node:net'
import * as security from '@clew/security'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { CompactSign, SignJWT } from 'jose'
import { type Service, serve } from '../support/service.ts'
import { audience, issuer, makeKey, seconds, type TestKey, token } from '../support/tokens.ts'

// Attacks with tokens. A wrong token is a 401 that looks the same whatever is wrong with it.

let key: TestKey
let rsa: TestKey
let service: Service
const none = { failures: false } as const

beforeAll(async () => {
  key = await makeKey('k1', 'ES256')
  rsa = await makeKey('k2', 'RS256')
  service = await serve(
    security.jwt('jwt', { issuers: [{ issuer, audience, jwks: { keys: [key.jwk, rsa.jwk] } }] }),
    none,
  )
})
afterAll(() => service.close())
beforeEach(() => {
  service.reports.length = 0
})

const b64 = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
const bearer = (text: string) => service.ask({ authorization: `Bearer ${text}` })

async function refused(text: string, reason?: string) {
  const answer = await bearer(text)
  expect([answer.status, answer.headers['www-authenticate']]).toEqual([
    401,
    'Bearer realm="jwt", error="invalid_token"',
  ])
  expect(answer.body).toEqual({
    type: 'about:blank',
    title: 'Unauthorized',
    status: 401,
    code: 'unauthorized',
  })
  if (reason) expect(service.reason).toBe(reason)
}

describe('form of the header', () => {
  test('RFC 6750, 3.1: no credential: a challenge without an error code', async () => {
    const answer = await service.ask()
    expect([answer.status, answer.headers['www-authenticate']]).toEqual([401, 'Bearer realm="jwt"'])
    expect(service.reports[0]?.level).toBe('info')
  })

  test.each(['Bearer', 'Bearer ', 'Bearer a b', 'Bearer\ta', 'Bearer a,b', 'Bearer a, Bearer b'])(
    '%j is a 400 invalid_request',
    async (authorization) => {
      const answer = await service.ask({ authorization })
      expect([answer.status, answer.headers['www-authenticate']]).toEqual([
        400,
        'Bearer realm="jwt", error="invalid_request"',
      ])
    },
  )

  test.each(['Bearer', 'bearer', 'BEARER', 'bEaReR'])('%s is one scheme', async (word) => {
    const answer = await service.ask({ authorization: `${word} ${await token(key)}` })
    expect(answer.status).toBe(200)
  })

  test('several spaces are one', async () => {
    expect((await service.ask({ authorization: `Bearer   ${await token(key)}` })).status).toBe(200)
  })

  test.each(['Basic YTpi', 'Foo x', 'Bearerx y', 'Digest username="a"'])(
    '%j is no credential of this scheme',
    async (authorization) => {
      const answer = await service.ask({ authorization })
      expect([answer.status, answer.headers['www-authenticate']]).toEqual([
        401,
        'Bearer realm="jwt"',
      ])
    },
  )

  test('two Authorization headers are a 400, also if the first one is right', async () => {
    const good = `Bearer ${await token(key)}`
    const answer = await service.ask({ authorization: [good, 'Bearer x'] })
    expect([answer.status, service.reason]).toEqual([400, 'duplicate_header'])
  })

  test('a token in the URL is no credential', async () => {
    const answer = await fetch(`${service.url}/?access_token=${await token(key)}`)
    expect(answer.status).toBe(401)
  })

  test('a token in the header and in the URL is a 400 (RFC 6750, 2)', async () => {
    const authorization = `Bearer ${await token(key)}`
    const askAt = async (path: string) =>
      (await fetch(service.url + path, { headers: { authorization } })).status
    expect(await askAt('/?access_token=x')).toBe(400)
    expect(service.reason).toBe('two_credentials')
    expect(await askAt('/?a=b&access_token=')).toBe(400)
    expect(await askAt('/access_token=x?my_access_token=x&a=?access_token')).toBe(200)
  })

  test('a token beyond the limit is refused', async () => {
    await refused(await token(key, { pad: 'x'.repeat(8_000) }), 'too_long')
  })
})

describe('form of the token', () => {
  test('another spelling of the same signature is refused', async () => {
    const text = await token(key)
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const last = alphabet.indexOf(text.at(-1) as string)
    await refused(text.slice(0, -1) + alphabet.charAt(last ^ 1), 'bad_encoding')
    expect((await bearer(text)).status).toBe(200)
  })

  test('padding and the other alphabet are refused', async () => {
    await refused(`${await token(key)}==`, 'bad_form')
    await refused('a+b.c/d.e', 'bad_form')
  })

  test('1, 2, 4 and 5 parts, an empty signature, and JSON are refused', async () => {
    const [head, body, signature] = (await token(key)).split('.')
    const forms = [
      head,
      `${head}.${body}`,
      `${head}.${body}.`,
      `${head}.${body}.${signature}.x`,
      `a.b.c.d.e`,
      `.${body}.${signature}`,
      '{"payload":"x"}',
    ]
    for (const text of forms) await refused(text as string, 'bad_form')
  })

  test('what is no JSON object in UTF-8 is refused', async () => {
    const [head, body, signature] = (await token(key)).split('.')
    const bom = Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from('{}')]).toString(
      'base64url',
    )
    const latin = Buffer.from([0x7b, 0x22, 0xe9, 0x22, 0x3a, 0x31, 0x7d]).toString('base64url')
    for (const bad of [b64('[]'), b64('null'), b64('"x"'), b64('{"a":'), bom, latin]) {
      await refused(`${head}.${bad}.${signature}`, 'bad_json')
      await refused(`${bad}.${body}.${signature}`, 'bad_json')
    }
  })

  test('claims nested too deep are refused, long lists are not', async () => {
    let deep: unknown = 1
    for (let level = 0; level < 40; level++) deep = { deep }
    await refused(await token(key, { deep }), 'bad_json')
    expect((await bearer(await token(key, { list: Array(500).fill(1) }))).status).toBe(200)
  })
})

describe('header of the token (RFC 8725)', () => {
  const now = seconds()
  const body = b64({ iss: issuer, aud: audience, sub: 'mallory', exp: now + 300, iat: now })

  test.each(['none', 'NoNe', 'NONE', '', 'HS256', 'RS1', 'foo'])(
    'alg %j is refused',
    async (alg) => {
      await refused(`${b64({ alg, kid: 'k1' })}.${body}.AAAA`, 'alg_not_allowed')
    },
  )

  test('no alg, or one that is no text, is refused', async () => {
    await refused(`${b64({ kid: 'k1' })}.${body}.AAAA`, 'bad_alg')
    await refused(`${b64({ alg: ['ES256'], kid: 'k1' })}.${body}.AAAA`, 'bad_alg')
  })

  test('a public key is no HMAC secret, in whatever form', async () => {
    const pair = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const jwk = { ...pair.publicKey.export({ format: 'jwk' }), kid: 'pub', alg: 'RS256' }
    const victim = await serve(
      security.jwt('jwt', {
        issuers: [{ issuer, audience, jwks: { keys: [jwk as security.Jwk] } }],
      }),
      none,
    )
    const pem = pair.publicKey.export({ type: 'spki', format: 'pem' }) as string
    const der = pair.publicKey.export({ type: 'spki', format: 'der' })
    for (const secret of [pem, pem.trimEnd(), der, JSON.stringify(jwk)]) {
      const input = `${b64({ alg: 'HS256', kid: 'pub' })}.${body}`
      const signature = createHmac('sha256', secret).update(input).digest('base64url')
      const answer = await victim.ask({ authorization: `Bearer ${input}.${signature}` })
      expect([answer.status, victim.reason]).toEqual([401, 'alg_not_allowed'])
    }
    await victim.close()
  })

  test("an alg that is allowed, but not the key's, is refused", async () => {
    const [, payload, signature] = (await token(key)).split('.')
    await refused(`${b64({ alg: 'RS256', kid: 'k1' })}.${payload}.${signature}`, 'unknown_key')
    await refused(`${b64({ alg: 'ES384', kid: 'k1' })}.${payload}.${signature}`, 'unknown_key')
  })

  test.each([
    ['crit', ['exp']],
    ['crit', []],
    ['b64', false],
    ['zip', 'DEF'],
    ['enc', 'A128GCM'],
  ])('%s %j is refused', async (member, value) => {
    const [, payload, signature] = (await token(key)).split('.')
    await refused(
      `${b64({ alg: 'ES256', kid: 'k1', [member]: value })}.${payload}.${signature}`,
      'unsupported_header',
    )
  })

  test('a token in a token is refused', async () => {
    await refused(await token(key, {}, { cty: 'JWT' }), 'nested')
  })

  test.each(['jku', 'jwk', 'x5u', 'x5c'])('%s is never used', async (member) => {
    const evil = await makeKey('evil')
    const value = member === 'jwk' ? evil.jwk : member === 'x5c' ? ['MII'] : 'http://127.0.0.1:9/'
    await refused(await token(evil, {}, { [member]: value, kid: undefined }), 'key_in_token')
  })

  test.each([[['k1']], [1], ['x'.repeat(10_000 / 4)], [{}], [null]])(
    'kid %j is refused',
    async (kid) => {
      await refused(`${b64({ alg: 'ES256', kid })}.${body}.AAAA`, 'bad_kid')
    },
  )

  test.each(['../../dev/null', "k1' or '1'='1", '__proto__', 'constructor', 'k1\u0000'])(
    'kid %j is just an unknown one',
    async (kid) => {
      await refused(`${b64({ alg: 'ES256', kid })}.${body}.AAAA`, 'unknown_key')
    },
  )

  test('without kid, one fitting key is enough', async () => {
    expect((await bearer(await token(key, {}, { kid: undefined }))).status).toBe(200)
  })

  test('without kid, two fitting keys are refused', async () => {
    const other = await makeKey('k3')
    const two = await serve(
      security.jwt('jwt', {
        issuers: [{ issuer, audience, jwks: { keys: [key.jwk, other.jwk] } }],
      }),
      none,
    )
    const text = await token(key, {}, { kid: undefined })
    expect((await two.ask({ authorization: `Bearer ${text}` })).status).toBe(401)
    expect(two.reason).toBe('ambiguous_key')
    await two.close()
  })

  test.each([
    ['{"alg":"ES256","alg":"none","kid":"k1"}', '{}'],
    ['{"alg":"none","alg":"ES256","kid":"k1"}', '{}'],
    ['{"alg":"ES256","kid":"k1","k\\u0069d":"k1"}', '{}'],
    ['{"alg":"ES256","kid":"k1"}', '{"sub":"eve","sub" : "ada"}'],
    ['{"alg":"ES256","kid":"k1"}', '{"sub":"ada","realm_access":[{"roles":[],"roles":["admin"]}]}'],
  ])('a member twice is refused: %s %s (RFC 7515, 4; RFC 7519, 4)', async (head, claims) => {
    await refused(`${b64(head)}.${b64(claims)}.AAAA`, 'bad_json')
  })

  test('a member twice is refused, also if the issuer has signed it so', async () => {
    const iat = seconds()
    const claims = { iss: issuer, aud: audience, sub: 'alice', iat, exp: iat + 60 }
    const signed = (text: string) =>
      new CompactSign(Buffer.from(text))
        .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'at+jwt' })
        .sign(key.privateKey)
    const text = JSON.stringify(claims)
    expect((await bearer(await signed(text))).status).toBe(200)
    await refused(await signed(text.replace('{', '{"sub":"eve",')), 'bad_json')
  })

  test('RFC 9068, 2.1: where at+jwt is demanded, an ID token is refused', async () => {
    const strict = await serve(
      security.jwt('jwt', {
        issuers: [{ issuer, audience, typ: 'at+jwt', jwks: { keys: [key.jwk] } }],
      }),
      none,
    )
    const ask = async (typ: string | undefined) =>
      (await strict.ask({ authorization: `Bearer ${await token(key, {}, { typ })}` })).status
    expect(await Promise.all(['at+jwt', 'application/at+JWT', 'JWT', undefined].map(ask))).toEqual([
      200, 200, 401, 401,
    ])
    await strict.close()
  })

  test('RFC 7518, 3.2: a secret of fewer than 32 bytes is refused at construction', () => {
    const make = (secret: string) => () =>
      security.jwt('jwt', { issuers: [{ issuer, audience, secret }] })
    expect(make('x'.repeat(31))).toThrow(
      /issuers\[0\]\.secret must be a string or Uint8Array of at least 32 bytes/,
    )
    expect(make('x'.repeat(32))).not.toThrow()
  })

  test('a shared secret works, for HS256 only', async () => {
    const secret = 'an example of a secret that is long enough'
    const shared = await serve(
      security.jwt('jwt', { issuers: [{ issuer, audience, secret }] }),
      none,
    )
    const sign = (alg: string) =>
      new SignJWT({ iss: issuer, aud: audience, sub: 'a', exp: now + 60 })
        .setProtectedHeader({ alg })
        .sign(Buffer.from(secret.padEnd(64, '!').slice(0, alg === 'HS256' ? secret.length : 64)))
    expect((await shared.ask({ authorization: `Bearer ${await sign('HS256')}` })).status).toBe(200)
    expect((await shared.ask({ authorization: `Bearer ${await sign('HS512')}` })).status).toBe(401)
    expect((await shared.ask({ authorization: `Bearer ${await token(key)}` })).status).toBe(401)
    await shared.close()
  })

  test('a wrong signature is refused', async () => {
    const [head, , signature] = (await token(key)).split('.')
    await refused(`${head}.${body}.${signature}`, 'bad_signature')
    await refused(await token({ ...(await makeKey('k1')), kid: 'k1' }), 'bad_signature')
  })
})

describe('claims (RFC 7519, 4.1)', () => {
  const now = seconds()
  test.each([
    ['exp missing', { exp: undefined }, 'bad_date'],
    ['exp a text', { exp: '9999999999' }, 'bad_date'],
    ['exp negative', { exp: -1 }, 'bad_date'],
    ['exp beyond safe integers', { exp: 9e15 * 2 }, 'bad_date'],
    ['exp null', { exp: null }, 'bad_date'],
    ['a life of more than a day', { exp: now + 90_000 }, 'lives_too_long'],
    ['expired', { exp: now - 6 }, 'expired'],
    ['nbf in the future', { nbf: now + 60 }, 'not_yet_valid'],
    ['nbf a text', { nbf: '1' }, 'bad_date'],
    ['iat in the future', { iat: now + 60 }, 'issued_in_future'],
    ['aud missing', { aud: undefined }, 'wrong_audience'],
    ['aud an object', { aud: { 0: audience } }, 'wrong_audience'],
    ['aud with a space', { aud: `${audience} ` }, 'wrong_audience'],
    ['aud in capitals', { aud: audience.toUpperCase() }, 'wrong_audience'],
    ['aud an empty list', { aud: [] }, 'wrong_audience'],
    ['aud in a list in a list', { aud: [[audience]] }, 'wrong_audience'],
    ['iss missing', { iss: undefined }, 'unknown_issuer'],
    ['iss a list', { iss: [issuer] }, 'unknown_issuer'],
    ['iss without its slash', { iss: issuer.slice(0, -1) }, 'unknown_issuer'],
    ['iss in capitals', { iss: issuer.toUpperCase() }, 'unknown_issuer'],
    ['iss over http', { iss: issuer.replace('https', 'http') }, 'unknown_issuer'],
    ['iss __proto__', { iss: '__proto__' }, 'unknown_issuer'],
    ['sub missing', { sub: undefined }, 'bad_subject'],
    ['sub empty', { sub: '' }, 'bad_subject'],
    ['sub a number', { sub: 7 }, 'bad_subject'],
    ['scope an object', { scope: { 'api:read': true } }, 'bad_claims'],
    ['scope a list with a number', { scope: [1] }, 'bad_claims'],
  ])('%s is refused', async (_title, claims, reason) => {
    await refused(await token(key, claims), reason)
  })

  test('exp 1e400 is refused', async () => {
    const header = b64({ alg: 'ES256', kid: 'k1' })
    const payload = b64(`{"iss":"${issuer}","aud":"${audience}","sub":"a","exp":1e400}`)
    await refused(`${header}.${payload}.AAAA`, 'bad_date')
  })

  test('the tolerance is five seconds', async () => {
    expect((await bearer(await token(key, { exp: seconds() - 3 }))).status).toBe(200)
  })

  test('aud a list that contains ours is fine', async () => {
    expect((await bearer(await token(key, { aud: ['other', audience] }))).status).toBe(200)
  })

  test.each([
    ['a text', { scope: 'api:read  api:write' }, ['api:read', 'api:write']],
    ['a list', { scope: ['api:read'] }, ['api:read']],
    ['scp', { scope: undefined, scp: ['api:read', 'x'] }, ['api:read', 'x']],
    ['nothing', { scope: undefined }, []],
    ['an empty text', { scope: '' }, []],
  ])('scopes from %s', async (_title, claims, scopes) => {
    expect((await bearer(await token(key, claims))).body.scopes).toEqual(scopes)
  })

  test('a scope is a whole word: api:readwrite is not api:read', async () => {
    const scoped = security.jwt('jwt', {
      issuers: [{ issuer, audience, jwks: { keys: [key.jwk] } }],
      scopes: { 'api:read': '', 'api:write': '' },
    })
    const both = await serve(scoped.scopes('api:read', 'api:write'), none)
    const ask = async (scope: string) =>
      (await both.ask({ authorization: `Bearer ${await token(key, { scope })}` })).status
    expect(await ask('api:read api:readwrite')).toBe(403)
    expect(await ask('api:write api:read')).toBe(200)
    await both.close()
  })

  test('a claim __proto__ is refused, at every level', async () => {
    const header = b64({ alg: 'ES256', kid: 'k1' })
    const rest = `"iss":"${issuer}","aud":"${audience}","sub":"a","exp":${now + 60}`
    for (const evil of ['"__proto__":{"admin":true}', '"a":{"b":[{"__proto__":null}]}']) {
      await refused(await sign(`${header}.${b64(`{${rest},${evil}}`)}`), 'bad_claims')
    }
  })

  test('claims are frozen at every level, and have no prototypes', async () => {
    const api = security.create({
      default: security.jwt('jwt', { issuers: [{ issuer, audience, jwks: { keys: [key.jwk] } }] }),
    })
    const req = {
      headers: { authorization: `Bearer ${await token(key, { realm: { roles: ['a'] } })}` },
      rawHeaders: [],
      socket: { remoteAddress: '127.0.0.1' },
    } as never
    expect(await api.method('x').check(req)).toBeUndefined()
    const { claims } = security.principal(req)
    const realm = claims['realm'] as { roles: string[] }
    for (const object of [claims, realm, realm.roles, security.principal(req).scopes]) {
      expect(Object.isFrozen(object)).toBe(true)
    }
    expect(Object.getPrototypeOf(claims)).toBeNull()
    expect(Object.getPrototypeOf(realm)).toBeNull()
  })
})

async function sign(input: string): Promise<string> {
  const { subtle } = globalThis.crypto
  const signature = await subtle.sign(
    { name: 'ECDSA', hash: 'SHA-256' },
    key.privateKey,
    Buffer.from(input),
  )
  return `${input}.${Buffer.from(signature).toString('base64url')}`
}

test('the decision is made before the body has arrived', async () => {
  const socket = connect(service.port, '127.0.0.1')
  socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n{')
  const answer = await new Promise<string>((resolve) =>
    socket.once('data', (data) => resolve(String(data))),
  )
  expect(answer).toMatch(/^HTTP\/1\.1 401 /)
  socket.destroy()
})

test('no token, key or claim is in any report', async () => {
  const secret = createHash('sha256').update('x').digest('hex')
  await bearer(await token(key, { sub: secret, aud: 'wrong' }))
  await bearer(`${secret}.${secret}.${secret}`)
  await bearer(await token(key, { sub: secret, kid: secret }))
  expect(service.reports.length).toBeGreaterThan(2)
  expect(JSON.stringify(service.reports)).not.toContain(secret)
})
