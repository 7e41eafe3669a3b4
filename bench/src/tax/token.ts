import { SignJWT } from 'jose'

export const issuer = 'https://idp.example/'
export const audience = 'https://orders.example'
export const secret = 'a secret of the benchmark, long enough for HS256'
export const scope = 'orders:read'

/** What a client sends: one token for all its requests, as clients do. */
export function signToken(): Promise<string> {
  return new SignJWT({ scope: `${scope} orders:write`, client_id: 'web' })
    .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject('alice')
    .setIssuedAt()
    .setExpirationTime('2h')
    .sign(new TextEncoder().encode(secret))
}
