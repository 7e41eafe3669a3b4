import { createReporter } from '@clew/internal/reports/reporter'
import { describe, expect, test } from '@jest/globals'
import { optionCheck } from '../../src/options.ts'
import { keyFault } from '../../src/schemes/jws/key-set.ts'
import { headerFault, readToken, type TokenParts } from '../../src/schemes/jws/token-form.ts'
import { claimFault } from '../../src/schemes/jwt/claims.ts'
import { issuersOption } from '../../src/schemes/jwt/issuer.ts'
import type { JwtIssuer } from '../../src/schemes/jwt/issuer-options.ts'
import { createSignatureVerifier } from '../../src/schemes/jwt/signature.ts'
import { thumbprintOf } from '../../src/schemes/token/sender/proof.ts'

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

  test('A.2: RS256', async () => {
    const key = {
      kty: 'RSA',
      n: 'ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ',
      e: 'AQAB',
    }
    const token = `eyJhbGciOiJSUzI1NiJ9.${payload}.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw`
    const issuer = issuerOf({ jwks: { keys: [key] } })
    const { header } = parts(token)
    expect(await verify(token, header, issuer)).toEqual({ generation: 1 })
    expect(await verify(other(token), header, issuer)).toEqual({ fault: 'bad_signature' })
  })

  test('A.3: ES256', async () => {
    const issuer = issuerOf({ jwks: { keys: [es256.key] } })
    const { header } = parts(es256.token)
    expect(await verify(es256.token, header, issuer)).toEqual({ generation: 1 })
    expect(await verify(other(es256.token), header, issuer)).toEqual({ fault: 'bad_signature' })
  })

  test('A.4: ES512', async () => {
    const key = {
      kty: 'EC',
      crv: 'P-521',
      x: 'AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk',
      y: 'ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2',
    }
    const token =
      'eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn'
    const issuer = issuerOf({ jwks: { keys: [key] }, algorithms: ['ES512'] })
    expect(await verify(token, { alg: 'ES512' }, issuer)).toEqual({ generation: 1 })
    const wrong = await verify(other(token), { alg: 'ES512' }, issuer)
    expect(wrong).toEqual({ fault: 'bad_signature' })
    // Its payload is the word Payload: a signature, but no token.
    expect(readToken(token)).toBe('bad_json')
  })

  test('A.5: an unsecured token has no signature, and no form that is read', () => {
    expect(readToken(`eyJhbGciOiJub25lIn0.${payload}.`)).toBe('bad_form')
  })

  test('A.6 and A.7: JSON serializations are no compact tokens', () => {
    const [head, body, signature] = es256.token.split('.')
    const one = { protected: head, header: { kid: 'e9bc097a' }, signature }
    expect(readToken(JSON.stringify({ payload: body, signatures: [one] }))).toBe('bad_form')
    expect(readToken(JSON.stringify({ payload: body, ...one }))).toBe('bad_form')
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

test('RFC 7519, 6.1: an unsecured JWT is refused', () => {
  const token = `eyJhbGciOiJub25lIn0.${payload}.`
  expect(readToken(token)).toBe('bad_form')
  // Also with something that looks like a signature.
  const { header } = parts(`${token}AAAA`)
  expect(header).toEqual({ alg: 'none' })
  expect(issuerOf({ jwks: { keys: [es256.key] } }).algorithms).not.toContain(header['alg'])
})

test('RFC 8037, A.1 to A.3: the private key is refused, and the thumbprint of the public one', () => {
  const key = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' }
  const d = 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A'
  expect(keyFault({ ...key, d })).toBe('private or secret key')
  expect(keyFault(key)).toBeUndefined()
  expect(thumbprintOf(key)).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k')
})

test('RFC 8037, A.6: a key to agree on keys (X25519) is none for signatures', () => {
  const x = '3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08'
  expect(keyFault({ kty: 'OKP', crv: 'X25519', kid: 'Bob', x })).toBe('unknown type or curve')
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

describe('RFC 7520, section 4', () => {
  const words =
    'SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4'
  const kid = 'bilbo.baggins@hobbiton.example'
  const rsa = {
    kty: 'RSA',
    kid,
    use: 'sig',
    n: 'n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEHLd4rHVTeT-O-XV2jRojdNhxJWTDvNd7nqQ0VEiZQHz_AJmSCpMaJMRBSFKrKb2wqVwGU_NsYOYL-QtiWN2lbzcEe6XC0dApr5ydQLrHqkHHig3RBordaZ6Aj-oBHqFEHYpPe7Tpe-OfVfHd1E6cS6M1FZcD1NNLYD5lFHpPI9bTwJlsde3uhGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k3-tVTU4fg_3L_vniUFAKwuCLqKnS2BYwdq_mzSnbLY7h_qixoR7jig3__kRhuaxwUkRz5iaiQkqgc5gHdrNP5zw',
    e: 'AQAB',
  }
  const ec = {
    kty: 'EC',
    kid,
    use: 'sig',
    crv: 'P-521',
    x: 'AHKZLLOsCOzz5cY97ewNUajB957y-C-U88c3v13nmGZx6sYl_oJXu9A5RkTKqjqvjyekWF-7ytDyRXYgCF5cj0Kt',
    y: 'AdymlHvOiLxXkEhayXQnNCvDX4h9htZaCJN34kfmC6pV5OhQHiraVySsUdaQkAgDPrwQrJmbnX9cwlGfP-HqHZR1',
  }
  const secret = Buffer.from('hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg', 'base64url')

  test.each<[string, string, string, Partial<JwtIssuer>]>([
    [
      '4.1: RS256',
      'eyJhbGciOiJSUzI1NiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9',
      'MRjdkly7_-oTPTS3AXP41iQIGKa80A0ZmTuV5MEaHoxnW2e5CZ5NlKtainoFmKZopdHM1O2U4mwzJdQx996ivp83xuglII7PNDi84wnB-BDkoBwA78185hX-Es4JIwmDLJK3lfWRa-XtL0RnltuYv746iYTh_qHRD68BNt1uSNCrUCTJDt5aAE6x8wW1Kt9eRo4QPocSadnHXFxnt8Is9UzpERV0ePPQdLuW3IS_de3xyIrDaLGdjluPxUAhb6L2aXic1U12podGU0KLUQSE_oI-ZnmKJ3F4uOZDnd6QZWJushZ41Axf_fcIe8u9ipH84ogoree7vjbU5y18kDquDg',
      { jwks: { keys: [rsa] }, algorithms: ['RS256'] },
    ],
    [
      '4.2: PS384',
      'eyJhbGciOiJQUzM4NCIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9',
      'cu22eBqkYDKgIlTpzDXGvaFfz6WGoz7fUDcfT0kkOy42miAh2qyBzk1xEsnk2IpN6-tPid6VrklHkqsGqDqHCdP6O8TTB5dDDItllVo6_1OLPpcbUrhiUSMxbbXUvdvWXzg-UD8biiReQFlfz28zGWVsdiNAUf8ZnyPEgVFn442ZdNqiVJRmBqrYRXe8P_ijQ7p8Vdz0TTrxUeT3lm8d9shnr2lfJT8ImUjvAA2Xez2Mlp8cBE5awDzT0qI0n6uiP1aCN_2_jLAeQTlqRHtfa64QQSUmFAAjVKPbByi7xho0uTOcbH510a6GYmJUAfmWjwZ6oD4ifKo8DYM-X72Eaw',
      { jwks: { keys: [rsa] }, algorithms: ['PS384'] },
    ],
    [
      '4.3: ES512',
      'eyJhbGciOiJFUzUxMiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9',
      'AE_R_YZCChjn4791jSQCrdPZCNYqHXCTZH0-JZGYNlaAjP2kqaluUIIUnC9qvbu9Plon7KRTzoNEuT4Va2cmL1eJAQy3mtPBu_u_sDDyYjnAMDxXPn7XrT0lw-kvAD890jl8e2puQens_IEKBpHABlsbEPX6sFY8OcGDqoRuBomu9xQ2',
      { jwks: { keys: [ec] }, algorithms: ['ES512'] },
    ],
    [
      '4.4: HS256',
      'eyJhbGciOiJIUzI1NiIsImtpZCI6IjAxOGMwYWU1LTRkOWItNDcxYi1iZmQ2LWVlZjMxNGJjNzAzNyJ9',
      's0h6KThzkfBBBkLspW1h84VsJZFTsPPqMDA7g1Md7p0',
      { secret },
    ],
  ])('%s', async (_title, head, signature, options) => {
    const issuer = issuerOf(options)
    const header = JSON.parse(Buffer.from(head, 'base64url').toString())
    const token = `${head}.${words}.${signature}`
    expect(await verify(token, header, issuer)).toEqual({ generation: 1 })
    expect(await verify(other(token), header, issuer)).toEqual({ fault: 'bad_signature' })
    // The payload is prose: a signature, but no token.
    expect(readToken(token)).toBe('bad_json')
  })

  test('4.5 to 4.8: detached content and JSON serializations are no compact tokens', () => {
    const head = 'eyJhbGciOiJIUzI1NiIsImtpZCI6IjAxOGMwYWU1LTRkOWItNDcxYi1iZmQ2LWVlZjMxNGJjNzAzNyJ9'
    const signature = 's0h6KThzkfBBBkLspW1h84VsJZFTsPPqMDA7g1Md7p0'
    expect(readToken(`${head}..${signature}`)).toBe('bad_form')
    for (const one of [
      { protected: head, signature },
      { header: { alg: 'HS256' }, signature },
    ]) {
      expect(readToken(JSON.stringify({ payload: words, ...one }))).toBe('bad_form')
      expect(readToken(JSON.stringify({ payload: words, signatures: [one] }))).toBe('bad_form')
    }
  })
})
