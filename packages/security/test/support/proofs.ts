import { createHash, randomUUID } from 'node:crypto'
import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { seconds } from './tokens.ts'

/** The key of a client that signs proofs. */
export interface ProofKey {
  readonly alg: string
  readonly privateKey: CryptoKey
  readonly jwk: Record<string, unknown>
  readonly privateJwk: Record<string, unknown>
  readonly jkt: string
}

export async function makeProofKey(alg = 'ES256'): Promise<ProofKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
  const jwk = (await exportJWK(publicKey)) as Record<string, unknown>
  const privateJwk = (await exportJWK(privateKey)) as Record<string, unknown>
  return { alg, privateKey, jwk, privateJwk, jkt: await calculateJwkThumbprint(jwk as never) }
}

/** A proof as a client would make it; `undefined` takes a claim or header member away. */
export async function proof(
  key: ProofKey,
  token: string,
  claims: Record<string, unknown> = {},
  header: Record<string, unknown> = {},
): Promise<string> {
  const payload = {
    jti: randomUUID(),
    htm: 'GET',
    iat: seconds(),
    ath: createHash('sha256').update(token).digest('base64url'),
    ...claims,
  }
  return new SignJWT(payload as never)
    .setProtectedHeader({ typ: 'dpop+jwt', alg: key.alg, jwk: key.jwk, ...header } as never)
    .sign(key.privateKey)
}
