import * as security from '@clew/security'
import { afterEach, describe, expect, test } from '@jest/globals'
import { readProof } from '../../src/schemes/token/sender/proof.ts'
import { createProofVerifier } from '../../src/schemes/token/sender/proof-signature.ts'
import { createAuthorizationServer } from '../support/authorization-server.ts'
import { type Service, serve } from '../support/service.ts'
import { makeKey, seconds, token } from '../support/tokens.ts'

// The examples that the standards of credentials have themselves.

let service: Service
afterEach(() => service?.close())

describe('RFC 7617', () => {
  const start = async (realm: string) => {
    const verify = (user: string, password: string) => ({ claims: { user, password } })
    service = await serve(security.basic('basic', { verify, realm }))
  }

  test('2: Aladdin, open sesame', async () => {
    await start('WallyWorld')
    const { headers } = await service.ask()
    expect(headers['www-authenticate']).toBe('Basic realm="WallyWorld", charset="UTF-8"')
    const { body } = await service.ask({ authorization: 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==' })
    expect(body.claims).toEqual({ user: 'Aladdin', password: 'open sesame' })
  })

  test('2.1: a pound sign, in UTF-8', async () => {
    await start('foo')
    const { headers } = await service.ask()
    expect(headers['www-authenticate']).toBe('Basic realm="foo", charset="UTF-8"')
    const { body } = await service.ask({ authorization: 'Basic dGVzdDoxMjPCow==' })
    expect(body.claims).toEqual({ user: 'test', password: '123£' })
  })
})

describe('RFC 6750', () => {
  const start = async () => {
    const server = await createAuthorizationServer()
    server.paths['/introspect'] = (_req, res, body) => {
      const active = new URLSearchParams(body).get('token') === 'mF_9.B5f-4.1JqM'
      res.setHeader('content-type', 'application/json')
      res.end(JSON.stringify(active ? { active, sub: 'a', exp: seconds() + 60 } : { active }))
    }
    const scheme = security.oauth2('oauth2', {
      realm: 'example',
      scopes: { 'urn:example': '' },
      introspection: {
        endpoint: `${server.url}/introspect`,
        client: { id: 'orders', secret: 's3cret' },
        audience: false,
        timeoutMs: 30_000,
      },
    })
    return { scheme, close: server.close }
  }

  test('2.1: the token of the example', async () => {
    const { scheme, close } = await start()
    service = await serve(scheme)
    expect((await service.ask({ authorization: 'Bearer mF_9.B5f-4.1JqM' })).status).toBe(200)
    await close()
  })

  test('3: the challenge without a token, and with one that has expired', async () => {
    const { scheme, close } = await start()
    service = await serve(scheme)
    expect((await service.ask()).headers['www-authenticate']).toBe('Bearer realm="example"')
    const { status, headers } = await service.ask({ authorization: 'Bearer mF_9.B5f-4.1JqN' })
    expect([status, headers['www-authenticate']]).toEqual([
      401,
      'Bearer realm="example", error="invalid_token"',
    ])
    await close()
  })

  test('3.1: insufficient_scope names the scope', async () => {
    const { scheme, close } = await start()
    service = await serve(scheme.scopes('urn:example'))
    const { status, headers } = await service.ask({ authorization: 'Bearer mF_9.B5f-4.1JqM' })
    expect([status, headers['www-authenticate']]).toEqual([
      403,
      'Bearer realm="example", error="insufficient_scope", scope="urn:example"',
    ])
    await close()
  })
})

test('RFC 9068, 3: the token of the example, with another date and key', async () => {
  const key = await makeKey('RjEwOwOA', 'RS256')
  const issuer = 'https://authorization-server.example.com/'
  const audience = 'https://rs.example.com/'
  const iat = seconds()
  const claims = {
    iss: issuer,
    sub: '5ba552d67',
    aud: audience,
    exp: iat + (1_639_528_912 - 1_618_354_090),
    iat,
    jti: 'dbe39bf3a3ba4238a513f51d6e1691c4',
    client_id: 's6BhdRkqt3',
    scope: 'openid profile reademail',
  }
  const issuers = security.rfc9068({ issuer, audience, jwks: { keys: [key.jwk] } })
  const ask = async (options: Partial<security.JwtOptions>) => {
    service = await serve(security.jwt('jwt', { issuers, ...options }))
    return service.ask({ authorization: `Bearer ${await token(key, claims)}` })
  }
  // It is valid for 245 days.
  expect((await ask({})).status).toBe(401)
  expect(service.reason).toBe('lives_too_long')
  await service.close()
  const { status, body } = await ask({ maxLifetimeMs: 365 * 86_400_000 })
  expect(status).toBe(200)
  expect(body).toMatchObject({
    subject: '5ba552d67',
    scopes: ['openid', 'profile', 'reademail'],
    claims: { client_id: 's6BhdRkqt3' },
  })
})

test('RFC 9449, 4.1: the proof of the example is signed, and for another request', async () => {
  const text =
    'eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg'
  const read = readProof(text, ['ES256'])
  if (typeof read === 'string') throw new Error(read)
  expect(read).toMatchObject({
    method: 'POST',
    url: 'https://server.example.com/token',
    jti: '-BwC3ESc6acc2lTc',
    issuedAt: 1_562_262_616,
    tokenHash: undefined,
    // RFC 9449, section 6.1
    thumbprint: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I',
  })
  expect(await createProofVerifier()(read)).toBe(true)
})
