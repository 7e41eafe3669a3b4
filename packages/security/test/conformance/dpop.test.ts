import { createHmac } from 'node:crypto'
import * as security from '@clew/security'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { readProof, thumbprintOf } from '../../src/schemes/token/sender/proof.ts'
import { createProofMemory } from '../../src/schemes/token/sender/proof-memory.ts'
import { createProofVerifier } from '../../src/schemes/token/sender/proof-signature.ts'
import { isUrlOf } from '../../src/schemes/token/sender/proof-url.ts'
import { makeProofKey, type ProofKey, proof } from '../support/proofs.ts'
import { type Service, serve } from '../support/service.ts'
import { audience, issuer, makeKey, seconds, type TestKey, token } from '../support/tokens.ts'

// RFC 9449, sections 4.3, 7.1, 8, 9 and 11.1.

let key: TestKey
let client: ProofKey
let service: Service
let bound: string

const scheme = (options: Partial<security.JwtOptions> = {}) =>
  security.jwt('jwt', {
    issuers: [{ issuer, audience, jwks: { keys: [key.jwk] } }],
    scopes: { 'api:read': '', 'api:write': '' },
    dpop: true,
    ...options,
  } as security.JwtOptions<'api:read' | 'api:write'>)

beforeAll(async () => {
  key = await makeKey()
  client = await makeProofKey()
  service = await serve(scheme(), { failures: false })
  bound = await token(key, { cnf: { jkt: client.jkt } })
})
afterAll(() => service.close())

const algs = 'algs="Ed25519 EdDSA ES256 ES384 PS256 RS256"'
const url = () => `${service.url}/`

/** What a request with this proof gets. */
async function ask(text: string, dpop?: string | string[], at = service, word = 'DPoP') {
  const headers = dpop === undefined ? {} : { dpop }
  const answer = await at.ask({ authorization: `${word} ${text}`, ...headers })
  return answer.status === 200 ? 200 : `${answer.status} ${at.reason}`
}

const prove = (claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}) =>
  proof(client, bound, { htu: url(), ...claims }, header)

describe('a token that is bound to a key', () => {
  test.each(['ES256', 'ES384', 'EdDSA', 'PS256', 'RS256'])('with a proof (%s)', async (alg) => {
    const other = await makeProofKey(alg)
    const text = await token(key, { cnf: { jkt: other.jkt } })
    expect(await ask(text, await proof(other, text, { htu: url() }))).toBe(200)
  })

  test('each request needs a proof of its own, also for a token seen before', async () => {
    const first = await prove()
    expect(await ask(bound, first)).toBe(200)
    expect(await ask(bound, first)).toBe('401 proof_replayed')
    expect(await ask(bound, await prove())).toBe(200)
  })

  test('the same proof 20 times at once is accepted once', async () => {
    const once = await prove()
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(bound, once)))
    expect(answers.filter((answer) => answer === 200)).toHaveLength(1)
  })

  test('as a bearer token it is refused (7.1)', async () => {
    expect(await ask(bound, undefined, service, 'Bearer')).toBe('401 bound_token')
    expect(await ask(bound, await prove(), service, 'Bearer')).toBe('401 bound_token')
  })

  test('the key of another client is refused', async () => {
    const thief = await makeProofKey()
    expect(await ask(bound, await proof(thief, bound, { htu: url() }))).toBe(
      '401 proof_of_other_key',
    )
  })
})

describe('a token that is bound to none', () => {
  test('is a bearer token, and no other', async () => {
    const text = await token(key)
    expect(await ask(text, undefined, service, 'Bearer')).toBe(200)
    expect(await ask(text, await proof(client, text, { htu: url() }))).toBe('401 unbound_token')
  })

  test('is refused where binding is required', async () => {
    const strict = await serve(scheme({ dpop: { required: true } }))
    const answer = await strict.ask({ authorization: `Bearer ${await token(key)}` })
    expect([answer.status, strict.reason]).toEqual([401, 'unbound_token'])
    expect(answer.headers['www-authenticate']).toBe(
      `DPoP realm="jwt", error="invalid_token", ${algs}`,
    )
    const htu = `${strict.url}/`
    expect(await ask(bound, await prove({ htu }), strict)).toBe(200)
    await strict.close()
  })
})

describe('a proof is refused (4.3)', () => {
  const cases: readonly [string, Record<string, unknown>, Record<string, unknown>, string][] = [
    ['for another method', { htm: 'POST' }, {}, 'proof_method'],
    ['for the method in small letters', { htm: 'get' }, {}, 'proof_method'],
    ['without method', { htm: undefined }, {}, 'proof_method'],
    ['for another path', { htu: 'http://127.0.0.1/other' }, {}, 'proof_url'],
    ['for another host', { htu: 'https://evil.test/' }, {}, 'proof_url'],
    ['for no URL', { htu: '/' }, {}, 'proof_url'],
    ['without URL', { htu: undefined }, {}, 'proof_url'],
    ['issued too long ago', { iat: seconds() - 120 }, {}, 'proof_too_old'],
    ['issued in the future', { iat: seconds() + 60 }, {}, 'proof_from_future'],
    ['without iat', { iat: undefined }, {}, 'proof_date'],
    ['with a date in words', { iat: '2026' }, {}, 'proof_date'],
    ['without jti', { jti: undefined }, {}, 'proof_jti'],
    ['with a number as jti', { jti: 1 }, {}, 'proof_jti'],
    ['with a long jti', { jti: 'x'.repeat(257) }, {}, 'proof_jti'],
    [
      'for another token',
      { ath: 'fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo' },
      {},
      'proof_token',
    ],
    ['for no token', { ath: undefined }, {}, 'proof_token'],
    ['of another typ', {}, { typ: 'JWT' }, 'proof_typ'],
    ['without typ', {}, { typ: undefined }, 'proof_typ'],
    ['with an extension', {}, { crit: ['exp'], exp: 1 }, 'proof_header'],
    ['with a key elsewhere', {}, { jku: 'https://evil.test/' }, 'proof_header'],
    ['without key', {}, { jwk: undefined }, 'proof_key'],
    ['with a key that is none', {}, { jwk: 'x' }, 'proof_key'],
    ['with a secret key', {}, { jwk: { kty: 'oct', k: 'AAAA' } }, 'proof_key'],
  ]
  test.each(cases)('%s', async (_title, claims, header, reason) => {
    const text = await prove(claims, header).catch(() => undefined)
    // What jose does not sign, an attacker does without it.
    const made = text ?? forge(await prove(claims), header)
    expect(await ask(bound, made)).toBe(`401 ${reason}`)
  })

  const forge = (text: string, header: Record<string, unknown>) => {
    const [, body, signature] = text.split('.')
    const whole = { typ: 'dpop+jwt', alg: 'ES256', jwk: client.jwk, ...header }
    return `${Buffer.from(JSON.stringify(whole)).toString('base64url')}.${body}.${signature}`
  }

  test('with its private key in it', async () => {
    expect(await ask(bound, await prove({}, { jwk: client.privateJwk }))).toBe('401 proof_key')
  })

  test('unsigned, or signed with a secret', async () => {
    const [, body] = (await prove()).split('.')
    for (const alg of ['none', 'HS256']) {
      const head = Buffer.from(JSON.stringify({ typ: 'dpop+jwt', alg, jwk: client.jwk })).toString(
        'base64url',
      )
      const mac = createHmac('sha256', JSON.stringify(client.jwk)).update(`${head}.${body}`)
      expect(await ask(bound, `${head}.${body}.${mac.digest('base64url')}`)).toBe('401 proof_alg')
    }
  })

  test('with another signature', async () => {
    const [head, body] = (await prove()).split('.')
    const [, , signature] = (await prove()).split('.')
    expect(await ask(bound, `${head}.${body}.${signature}`)).toBe('401 proof_signature')
  })

  test.each(['', 'x', 'a.b', 'a.b.c.d'])('%j, which is none', async (text) => {
    expect(await ask(bound, text)).toMatch(/^401 (proof_form|no_proof)$/)
  })

  test('missing, or twice', async () => {
    expect(await ask(bound)).toBe('401 no_proof')
    const twice = [await prove(), await prove()]
    expect(await ask(bound, twice)).toBe('401 several_proofs')
  })
})

describe('the challenge', () => {
  const challenge = async (headers: Record<string, string>) =>
    (await service.ask(headers)).headers['www-authenticate']

  test('names both schemes, and the algorithms (7.2)', async () => {
    expect(await challenge({})).toBe(`Bearer realm="jwt", DPoP realm="jwt", ${algs}`)
  })
  test('invalid_dpop_proof is said of a proof only', async () => {
    expect(await challenge({ authorization: `DPoP ${bound}` })).toBe(
      `Bearer realm="jwt", DPoP realm="jwt", error="invalid_dpop_proof", ${algs}`,
    )
  })
  test('invalid_token of both', async () => {
    expect(await challenge({ authorization: `Bearer ${bound}` })).toBe(
      `Bearer realm="jwt", error="invalid_token", DPoP realm="jwt", error="invalid_token", ${algs}`,
    )
  })
  test('without the option, the scheme DPoP is not known', async () => {
    const plain = await serve(scheme({ dpop: undefined as never }))
    const answer = await plain.ask({ authorization: `DPoP ${bound}`, dpop: await prove() })
    expect([answer.status, answer.headers['www-authenticate']]).toEqual([401, 'Bearer realm="jwt"'])
    await plain.close()
  })
})

test('one proof is enough for several alternatives of one policy', async () => {
  const jwt = scheme()
  const both = await serve(security.anyOf(jwt.scopes('api:write'), jwt.scopes('api:read')))
  expect(await ask(bound, await prove({ htu: `${both.url}/` }), both)).toBe(200)
  await both.close()
})

test('and for a guard within another, through fetch, too', async () => {
  const api = security.create({ default: scheme(), https: 'off' })
  const [outer, inner] = [api.method('outer'), api.method('inner')]
  const htu = 'https://api.test/orders'
  const request = new Request(`${htu}?page=2`, {
    headers: { authorization: `DPoP ${bound}`, dpop: await prove({ htu }) },
  })
  const facts = {
    method: request.method,
    url: request.url,
    headers: request.headers,
    tls: true,
    source: request,
  }
  expect((await outer.authenticate(facts)).allowed).toBe(true)
  expect((await inner.authenticate(facts)).allowed).toBe(true)
  // Another request with the same proof, though what it comes from is the same.
  const { source: _, ...stolen } = facts
  expect((await outer.authenticate({ ...stolen, source: api })).allowed).toBe(false)
  expect((await outer.authenticate({ ...stolen, source: api })).allowed).toBe(false)
})

describe('nonces (9)', () => {
  test('the first request gets one, and the next one is accepted with it', async () => {
    const strict = await serve(scheme({ dpop: { nonce: true } }))
    const htu = `${strict.url}/`
    const send = async (claims: Record<string, unknown>) =>
      strict.ask({ authorization: `DPoP ${bound}`, dpop: await prove({ htu, ...claims }) })
    const first = await send({})
    expect([first.status, strict.reason]).toEqual([401, 'proof_nonce'])
    expect(first.headers['www-authenticate']).toContain(`DPoP realm="jwt", error="use_dpop_nonce"`)
    const nonce = first.headers['dpop-nonce']
    expect(nonce).toMatch(/^[\w-]{43}$/)
    expect((await send({ nonce })).status).toBe(200)
    for (const wrong of ['', 'x', `${nonce}x`, 7, [nonce], 'é'.repeat(43), 'A'.repeat(43)]) {
      expect((await send({ nonce: wrong })).status).toBe(401)
    }
    await strict.close()
  })

  test('instances with one secret accept the nonces of each other', async () => {
    const nonce = 's'.repeat(32)
    const [one, two] = [
      await serve(scheme({ dpop: { nonce } })),
      await serve(scheme({ dpop: { nonce } })),
    ]
    const ask = async (at: Service, claims: object) =>
      at.ask({
        authorization: `DPoP ${bound}`,
        dpop: await prove({ htu: `${at.url}/`, ...claims }),
      })
    const given = (await ask(one, {})).headers['dpop-nonce']
    expect((await ask(two, { nonce: given })).status).toBe(200)
    await Promise.all([one.close(), two.close()])
  })
})

describe('a store that instances share', () => {
  test('a proof that one of them has seen is refused by the other', async () => {
    const known = new Map<string, number>()
    const store: security.ProofStore = {
      add: async (name, ttlMs) => !known.has(name) && known.set(name, ttlMs).has(name),
    }
    const publicUrls = 'https://api.test'
    const make = () => serve(scheme({ dpop: { store, publicUrls } }), { failures: false })
    const [one, two] = [await make(), await make()]
    const once = await prove({ htu: 'https://api.test/' })
    expect(await ask(bound, once, one)).toBe(200)
    expect(await ask(bound, once, two)).toBe('401 proof_replayed')
    const [[name, ttlMs] = ['', 0]] = known
    expect(name).toMatch(/^[\w-]{43}$/)
    expect(ttlMs).toBeGreaterThan(60_000)
    expect(ttlMs).toBeLessThanOrEqual(65_000)
    await Promise.all([one.close(), two.close()])
  })

  test.each<[string, security.ProofStore['add'], string]>([
    [
      'throws',
      () => {
        throw new Error('secret')
      },
      'proof_store_failed',
    ],
    ['rejects', () => Promise.reject(new Error('secret')), 'proof_store_failed'],
    ['hangs', () => new Promise(() => {}), 'proof_store_timed_out'],
  ])('one that %s lets nobody in: 503', async (_title, add, reason) => {
    const down = await serve(scheme({ dpop: { store: { add }, storeTimeoutMs: 20 } }))
    const made = await prove({ htu: `${down.url}/` })
    expect(await ask(bound, made, down)).toBe(`503 ${reason}`)
    expect(JSON.stringify(down.reports)).not.toContain('secret')
    await down.close()
  })

  test('one that answers anything but true refuses', async () => {
    const odd = await serve(scheme({ dpop: { store: { add: () => 1 as never } } }))
    expect(await ask(bound, await prove({ htu: `${odd.url}/` }), odd)).toBe('401 proof_replayed')
    await odd.close()
  })
})

describe('the memory of proofs is bounded', () => {
  test('what is forgotten is refused, so that nothing is accepted twice', () => {
    const memory = createProofMemory(100, 60)
    const now = 1_000
    const accepted = new Set<string>()
    let twice = 0
    for (let turn = 0; turn < 5_000; turn++) {
      const issuedAt = now - ((turn * 7) % 50)
      const name = `${(turn * 31) % 700} ${issuedAt}`
      if (memory.add(name, issuedAt, now) !== 'new') continue
      if (accepted.has(name)) twice++
      accepted.add(name)
    }
    expect(twice).toBe(0)
    expect(memory.forgotten).toBeGreaterThan(0)
  })

  test('those of honest clients, which are new, are still accepted', () => {
    const memory = createProofMemory(10, 60)
    for (let turn = 0; turn < 1_000; turn++) {
      expect(memory.add(`p${turn}`, 1_000 + turn, 1_000 + turn)).toBe('new')
    }
  })

  test('it is said once a minute, without a proof', async () => {
    const small = await serve(scheme({ dpop: { maxProofs: 1 } }))
    for (const age of [3, 2, 1]) {
      const made = await prove({ htu: `${small.url}/`, iat: seconds() - age })
      expect(await ask(bound, made, small)).toBe(200)
    }
    expect(small.reports.filter(({ type }) => type === 'security.proofs_full')).toEqual([
      expect.objectContaining({ level: 'warn', fields: { maxProofs: 1, forgotten: 1 } }),
    ])
    await small.close()
  })
})

describe('the URL (RFC 3986, 6.2)', () => {
  const request = (target: string, headers: object = { host: 'api.test' }, encrypted = true) =>
    ({ url: target, headers, rawHeaders: [], socket: { encrypted } }) as never
  test.each([
    ['https://api.test/a', '/a?x=1'],
    ['HTTPS://API.TEST:443/a', '/a'],
    ['https://api.test/a?y#z', '/a'],
    ['https://api.test/b/../a', '/a'],
    ['https://api.test/%7ea', '/~a'],
    ['https://api.test/a%2fb', '/a%2Fb'],
    ['https://api.test/%61', '/a'],
    ['https://api.test', '/'],
    ['https://api.test//a', '//a'],
    ['https://api.test/a', 'https://api.test/a'],
  ])('%s is %s', (htu, target) => expect(isUrlOf(request(target), htu, [])).toBe(true))

  test.each([
    ['https://api.test/A', '/a'],
    ['https://api.test/a/', '/a'],
    ['https://api.test:8443/a', '/a'],
    ['https://api.test.evil.test/a', '/a'],
    ['https://u@api.test/a', '/a'],
    ['http://api.test/a', '/a'],
    ['ftp://api.test/a', '/a'],
    ['https://api.test/a/b', '/a%2Fb'],
    ['https://api.test/a', 'https://evil.test/a'],
    ['https://api.test/*', '*'],
  ])('%s is not %s', (htu, target) => expect(isUrlOf(request(target), htu, [])).toBe(false))

  test('http only where the connection is not encrypted', () => {
    for (const htu of ['http://api.test/a', 'https://api.test/a']) {
      expect(isUrlOf(request('/a', { host: 'api.test' }, false), htu, [])).toBe(true)
    }
  })
  test('the host of HTTP/2, and none', () => {
    const htu = 'https://api.test/a'
    expect(isUrlOf(request('/a', { ':authority': 'api.test' }), htu, [])).toBe(true)
    expect(isUrlOf(request('/a', {}), htu, [])).toBe(false)
    expect(isUrlOf(request('/a', { host: 'api.test/a#' }), htu, [])).toBe(false)
    expect(isUrlOf(request('/a', { host: 'evil@api.test' }), htu, [])).toBe(false)
  })
  test('the public URL, where a proxy changes host and path', () => {
    const urls = [new URL('https://api.test/orders/'), new URL('https://old.test')]
    const behind = (target: string, htu: string) =>
      isUrlOf(request(target, { host: 'internal:8080' }, false), htu, urls)
    expect(behind('/a', 'https://api.test/orders/a')).toBe(true)
    expect(behind('/a', 'https://old.test/a')).toBe(true)
    expect(behind('/a', 'http://internal:8080/a')).toBe(false)
    expect(behind('/a', 'http://api.test/orders/a')).toBe(false)
  })
  test('a mounted router of Express sees the whole URL', () => {
    const mounted = { ...(request('/a') as object), originalUrl: '/api/a' } as never
    expect(isUrlOf(mounted, 'https://api.test/api/a', [])).toBe(true)
    expect(isUrlOf(mounted, 'https://api.test/a', [])).toBe(false)
  })
})

describe('the example of RFC 9449, section 7.1', () => {
  const example =
    'eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA'

  test('is signed with the key in it, for that token and that URL', async () => {
    const read = readProof(example, ['ES256'])
    if (typeof read === 'string') throw new Error(read)
    expect(read).toMatchObject({
      method: 'GET',
      url: 'https://resource.example.org/protectedresource',
      issuedAt: 1_562_262_618,
      tokenHash: 'fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo',
      // RFC 9449, section 6.1
      thumbprint: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I',
    })
    expect(await createProofVerifier()(read)).toBe(true)
    const [head, body] = example.split('.')
    expect(await createProofVerifier()({ ...read, text: `${head}.${body}.AAAA` })).toBe(false)
  })
})

test('RFC 7638, 3.1: the thumbprint of the example', () => {
  const n =
    '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw'
  expect(thumbprintOf({ kty: 'RSA', n, e: 'AQAB', alg: 'RS256', kid: '2011-04-29' })).toBe(
    'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs',
  )
})

test.each<[security.DpopOptions, string]>([
  [{ maxAgeMs: 1 }, 'dpop.maxAgeMs must be an integer from 1000'],
  [{ algorithms: ['HS256' as never] }, 'dpop.algorithms[0] must be one of Ed25519'],
  [{ algorithms: [] }, 'dpop.algorithms must be an array of at least one algorithm'],
  [{ publicUrls: ['api.test'] }, 'dpop.publicUrls[0] must be an http or https URL'],
  [{ publicUrls: 'https://api.test/?a' }, 'dpop.publicUrls[0] must be an http or https URL'],
  [{ nonce: 'short' }, 'dpop.nonce must be true, or a string or Uint8Array of at least 32 bytes'],
  [{ store: {} as never }, 'dpop.store must be an object with a method add'],
  [{ maxProofs: 0 }, 'dpop.maxProofs must be an integer from 1'],
  [{ nope: 1 } as never, 'unknown option "dpop.nope"'],
])('%j is a mistake', (dpop, message) => {
  expect(() => scheme({ dpop })).toThrow(message)
})
