import { createReporter } from '@clew/internal/reports/reporter'
import { describe, expect, test } from '@jest/globals'
import { optionCheck } from '../../src/options.ts'
import { headerFault, readToken, type TokenParts } from '../../src/schemes/jws/token-form.ts'
import { claimFault } from '../../src/schemes/jwt/claims.ts'
import { issuersOption } from '../../src/schemes/jwt/issuer.ts'
import type { JwtIssuer } from '../../src/schemes/jwt/issuer-options.ts'
import { createSignatureVerifier } from '../../src/schemes/jwt/signature.ts'

// The examples of the standards themselves.

const reporter = createReporter()
const verify = createSignatureVerifier('jwt', reporter)

function issuerOf(options: Partial<JwtIssuer>) {
  const times = { tolerance: 0, maxLifetime: 86_400 }
  const caller = 'security.jwt'
  const check = optionCheck(caller)
  const list = [{ issuer: 'joe', audience: 'a', ...options }]
  const issuer = issuersOption(list, { check, caller, times, reporter }).get('joe')
  if (!issuer) throw new Error('no issuer')
  return issuer
}

const payload =
  'eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ'

const hs256 = {
  token: `eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.${payload}.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk`,
  secret: Buffer.from(
    'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow',
    'base64url',
  ),
}

const es256 = {
  token: `eyJhbGciOiJFUzI1NiJ9.${payload}.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q`,
  key: {
    kty: 'EC',
    crv: 'P-256',
    x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
    y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
  },
}

const parts = (token: string) => readToken(token) as TokenParts
const other = (token: string) => token.replace(/.{8}$/, 'AAAAAAAA')

describe('RFC 7515, appendix A', () => {
  test('A.1: HS256', async () => {
    const issuer = issuerOf({ secret: hs256.secret })
    const { header } = parts(hs256.token)
    expect(await verify(hs256.token, header, issuer)).toEqual({ generation: 1 })
    expect(await verify(other(hs256.token), header, issuer)).toEqual({ fault: 'bad_signature' })
  })

  test('A.3: ES256', async () => {
    const issuer = issuerOf({ jwks: { keys: [es256.key] } })
    const { header } = parts(es256.token)
    expect(await verify(es256.token, header, issuer)).toEqual({ generation: 1 })
    expect(await verify(other(es256.token), header, issuer)).toEqual({ fault: 'bad_signature' })
  })

  test('A.5: an unsecured token has no signature, and no form that is read', () => {
    expect(readToken(`eyJhbGciOiJub25lIn0.${payload}.`)).toBe('bad_form')
  })

  test('E: an extension that must be understood is refused', () => {
    const header = { alg: 'none', crit: ['http://example.invalid/UNDEFINED'] }
    expect(headerFault(header)).toBe('unsupported_header')
  })
})

test('RFC 7519, 3.1: the token is of joe, for nobody, and has expired in 2011', () => {
  const claims = parts(hs256.token).payload
  expect(claims).toEqual({ iss: 'joe', exp: 1_300_819_380, 'http://example.com/is_root': true })
  const { rules } = issuerOf({ secret: hs256.secret })
  const now = 1_300_819_379
  expect(claimFault(claims, rules, now)).toBe('wrong_audience')
  const more = { ...claims, aud: 'a', sub: 's' }
  expect(claimFault(more, rules, now)).toBeUndefined()
  expect(claimFault(more, rules, now + 1)).toBe('expired')
})

test('RFC 8037, A.4: Ed25519', async () => {
  const key = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' }
  const token =
    'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg'
  const issuer = issuerOf({ jwks: { keys: [key] } })
  expect(await verify(token, { alg: 'EdDSA' }, issuer)).toEqual({ generation: 1 })
  expect(await verify(other(token), { alg: 'EdDSA' }, issuer)).toEqual({ fault: 'bad_signature' })
  // Its payload is no JSON: a signature, but no token.
  expect(readToken(token)).toBe('bad_json')
})
