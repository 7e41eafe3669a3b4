import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import type { Jwk } from '@clew/security'
import { audience, issuer, pemOf } from './peers.ts'

export interface Signer {
  readonly privateKey: KeyObject
  readonly jwk: Jwk
}

export function createSigner(): Signer {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'RS256', use: 'sig' } as Jwk
  return { privateKey, jwk }
}

const encode = (value: string | object) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

type Fields = Record<string, unknown>

/** What one attack sends: lines of headers, to a path. */
export interface Attack {
  readonly name: string
  /** Lines of headers. */
  send(signer: Signer): readonly string[]
  readonly path?: string
  /** How often it is sent; the last response counts. */
  readonly times?: number
  /** The issuer cannot be reached. */
  readonly isDown?: boolean
}

const seconds = () => Math.floor(Date.now() / 1_000)
const claimsOf = (more: Fields = {}): Fields => ({
  ...{ iss: issuer, aud: audience, sub: 'alice', client_id: 'web', jti: 'a' },
  ...{ iat: seconds(), exp: seconds() + 300 },
  ...more,
})
const headerOf = (more: Fields = {}): Fields => ({
  alg: 'RS256',
  kid: 'k1',
  typ: 'at+jwt',
  ...more,
})

function signed(header: string | Fields, payload: string | Fields, { privateKey }: Signer): string {
  const input = `${encode(header)}.${encode(payload)}`
  return `${input}.${sign('sha256', Buffer.from(input), privateKey).toString('base64url')}`
}

const bearer = (token: string) => [`Authorization: Bearer ${token}`]
const withClaims = (name: string, claims: () => Fields): Attack => ({
  name,
  send: (signer) => bearer(signed(headerOf(), claimsOf(claims()), signer)),
})
const withHeader = (name: string, header: (signer: Signer) => Fields): Attack => ({
  name,
  send: (signer) => bearer(signed(headerOf(header(signer)), claimsOf(), signer)),
})
const withToken = (name: string, change: (token: string) => string): Attack => ({
  name,
  send: (signer) => bearer(change(signed(headerOf(), claimsOf(), signer))),
})
const raw = (claims: Fields, from: string, to: string) => JSON.stringify(claims).replace(from, to)

/** The same bytes in another spelling: bits of the last character that nobody reads. */
function respelled(token: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const last = alphabet.indexOf(token.at(-1) as string)
  return token.slice(0, -1) + alphabet[last ^ 1]
}

export const control: Attack = withToken('(a right token)', (token) => token)

export const attacks: readonly Attack[] = [
  { name: 'no credential', send: () => [] },
  {
    name: 'algorithm none',
    send: () => bearer(`${encode(headerOf({ alg: 'none' }))}.${encode(claimsOf())}.`),
  },
  {
    name: 'HS256, signed with the public key',
    send({ jwk }) {
      const input = `${encode(headerOf({ alg: 'HS256' }))}.${encode(claimsOf())}`
      return bearer(
        `${input}.${createHmac('sha256', pemOf(jwk)).update(input).digest('base64url')}`,
      )
    },
  },
  {
    name: 'signed by somebody else',
    send: () => bearer(signed(headerOf(), claimsOf(), createSigner())),
  },
  {
    name: 'a key of the attacker in the header (jwk)',
    send() {
      const other = createSigner()
      return bearer(signed(headerOf({ jwk: other.jwk }), claimsOf(), other))
    },
  },
  withToken('another spelling of the same signature', respelled),
  withToken('padding behind the signature', (token) => `${token}==`),
  {
    name: 'algorithm twice in the header, none first',
    send: (signer) =>
      bearer(signed(`{"alg":"none",${JSON.stringify(headerOf()).slice(1)}`, claimsOf(), signer)),
  },
  withHeader('critical header that nobody knows', () => ({ crit: ['x'], x: 1 })),
  withHeader('logout token', () => ({ typ: 'logout+jwt' })),
  {
    name: 'ID token',
    send: (signer) =>
      bearer(signed(headerOf({ typ: 'JWT' }), claimsOf({ nonce: 'n', at_hash: 'h' }), signer)),
  },
  withClaims('stolen token that is bound to a key (DPoP)', () => ({
    cnf: { jkt: 'x'.repeat(43) },
  })),
  withClaims('expired an hour ago', () => ({ iat: seconds() - 7_200, exp: seconds() - 3_600 })),
  withClaims('never expires', () => ({ exp: undefined })),
  {
    name: 'expires at infinity (1e400)',
    send: (signer) =>
      bearer(signed(headerOf(), raw(claimsOf({ exp: 1 }), '"exp":1', '"exp":1e400'), signer)),
  },
  withClaims('expires in ten years', () => ({ exp: seconds() + 10 * 31_536_000 })),
  withClaims('not valid yet', () => ({ nbf: seconds() + 3_600 })),
  withClaims('issued in an hour', () => ({ iat: seconds() + 3_600, exp: seconds() + 7_200 })),
  withClaims('no audience', () => ({ aud: undefined })),
  withClaims('audience of another service', () => ({ aud: 'https://other.test' })),
  withClaims('audience with a space behind it', () => ({ aud: `${audience} ` })),
  withClaims('no issuer', () => ({ iss: undefined })),
  withClaims('issuer without the slash', () => ({ iss: issuer.slice(0, -1) })),
  withClaims('no subject', () => ({ sub: undefined })),
  {
    name: 'claim __proto__',
    send: (signer) =>
      bearer(signed(headerOf(), raw(claimsOf(), '{', '{"__proto__":{"admin":true},'), signer)),
  },
  {
    name: 'two Authorization headers, the second one wrong',
    send: (signer) => [
      ...bearer(signed(headerOf(), claimsOf(), signer)),
      'Authorization: Bearer x.y.z',
    ],
  },
  {
    name: 'right token in the scheme Basic',
    send: (signer) => [`Authorization: Basic ${signed(headerOf(), claimsOf(), signer)}`],
  },
  {
    name: 'right token in the query',
    send: () => [],
    path: '/orders?access_token=',
  },
  { name: 'route whose check was forgotten', path: '/forgotten', send: () => [] },
  {
    name: '40 guesses from one address (429 is right)',
    times: 40,
    send: () => bearer(signed(headerOf(), claimsOf(), wrongSigner)),
  },
  {
    name: 'issuer down (503 is right)',
    isDown: true,
    send: (signer) => bearer(signed(headerOf(), claimsOf(), signer)),
  },
]

const wrongSigner = createSigner()

export const tokenOf = (signer: Signer): string => signed(headerOf(), claimsOf(), signer)
