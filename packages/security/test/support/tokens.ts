import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'

export const issuer = 'https://idp.test/'
export const audience = 'https://api.test'

export interface TestKey {
  readonly kid: string
  readonly alg: string
  readonly privateKey: CryptoKey
  readonly jwk: { readonly kty: string; readonly [member: string]: unknown }
}

export async function makeKey(kid = 'k1', alg = 'ES256'): Promise<TestKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
  const jwk = { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } as TestKey['jwk']
  return { kid, alg, privateKey: privateKey, jwk }
}

export const seconds = (): number => Math.floor(Date.now() / 1000)

/** A token as the issuer would make it; `undefined` takes a claim or header member away. */
export async function token(
  key: TestKey,
  claims: Record<string, unknown> = {},
  header: Record<string, unknown> = {},
): Promise<string> {
  const now = seconds()
  const payload = without({
    iss: issuer,
    aud: audience,
    sub: 'alice',
    iat: now,
    exp: now + 300,
    scope: 'api:read',
    ...claims,
  })
  const protectedHeader = without({ alg: key.alg, kid: key.kid, typ: 'at+jwt', ...header })
  return new SignJWT(payload as JWTPayload)
    .setProtectedHeader(protectedHeader as { alg: string })
    .sign(key.privateKey)
}

const without = (object: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined))
