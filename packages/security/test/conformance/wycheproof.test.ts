import { readFileSync } from 'node:fs'
import { createReporter } from '@clew/internal/reports/reporter'
import { describe, expect, test } from '@jest/globals'
import { optionCheck } from '../../src/options.ts'
import { publicKeyAlgorithms } from '../../src/schemes/jws/algorithms.ts'
import type { Jwk } from '../../src/schemes/jws/key-set.ts'
import { headerFault, readToken } from '../../src/schemes/jws/token-form.ts'
import { type Issuer, issuersOption } from '../../src/schemes/jwt/issuer.ts'
import { createSignatureVerifier } from '../../src/schemes/jwt/signature.ts'

// The vectors of Project Wycheproof about JSON Web Signature and its keys: test/fixtures/wycheproof.

type Keys = Jwk & { readonly keys?: readonly Jwk[] }

interface Group {
  readonly comment: string
  readonly public?: Keys
  readonly private: Keys
  readonly tests: readonly {
    readonly tcId: number
    readonly comment: string
    readonly jws?: string
    readonly result: 'valid' | 'invalid'
  }[]
}

const groupsOf = (file: string): readonly Group[] =>
  JSON.parse(readFileSync(`${import.meta.dirname}/../fixtures/wycheproof/${file}.json`, 'utf8'))
    .testGroups

/** What is judged in another way, on purpose or since a vector contradicts another one. */
const others: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  json_web_signature_test: {
    259: 'an empty payload is no claims set',
    264: 'an empty payload is no claims set',
    268: 'an empty payload is no claims set',
    272: 'an empty payload is no claims set',
    320: 'an empty payload is no claims set',
    325: 'an empty payload is no claims set',
    346: 'PS384 with a key that is for PS256',
    347: 'ES512 with a key that is for "ES521", which does not exist',
    350: 'PS384 with a key that is for PS256',
    351: 'ES512 with a key that is for "ES521", which does not exist',
    367: 'the same text as 357, which is valid',
    370: 'the same text as 357, which is valid',
    372: 'a character that is not base64url',
    373: 'a character that is not base64url',
  },
  json_web_crypto_test: { 48: 'a secret is one, not a set of them' },
  json_web_key_test: {
    2: 'a secret is one, not a set of them',
    14: 'of the algorithms with a secret only HS256 is known',
    15: 'of the algorithms with a secret only HS256 is known',
  },
}

const reporter = createReporter()
const verify = createSignatureVerifier('jwt', reporter)

/** Undefined if the keys are refused. */
function issuerOf({ public: publicKeys, private: privateKeys }: Group): Issuer | undefined {
  const { keys = [publicKeys ?? privateKeys] } = publicKeys ?? privateKeys
  const [key] = keys
  // A secret is given without what it is for.
  const isSecret = keys.length === 1 && /^HS/.test(String(key?.['alg']))
  const secret = isSecret ? key?.['k'] : undefined
  const caller = 'security.jwt'
  const check = optionCheck(caller)
  const options = {
    issuer: 'joe',
    audience: 'a',
    ...(typeof secret === 'string'
      ? { secret: Buffer.from(secret, 'base64url') }
      : { jwks: { keys }, algorithms: publicKeyAlgorithms }),
  }
  const times = { tolerance: 0, maxLifetime: 86_400 }
  try {
    return issuersOption([options], { check, caller, times, reporter }).get('joe')
  } catch {
    return undefined
  }
}

/** As the scheme does, but for claims: the payloads are texts. */
async function isAccepted(token: string, issuer: Issuer | undefined): Promise<boolean> {
  const parts = readToken(token)
  if (issuer === undefined || parts === 'bad_form' || parts === 'bad_encoding') return false
  let header: Readonly<Record<string, unknown>>
  try {
    header = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString())
  } catch {
    return false
  }
  if (headerFault(header) !== undefined) return false
  if (!issuer.algorithms.includes(header['alg'] as string)) return false
  return 'generation' in (await verify(token, header, issuer))
}

const files = ['json_web_signature_test', 'json_web_crypto_test', 'json_web_key_test'] as const

describe.each(files)('Wycheproof, %s', (file) => {
  const vectors = groupsOf(file).flatMap((group) => {
    // Those without a JWS are about encryption.
    const valid = group.tests.find(({ jws, result }) => jws && result === 'valid')?.jws
    return group.tests.flatMap(({ tcId: id, comment, jws, result }) =>
      jws === undefined
        ? []
        : [{ id, title: `${group.comment}, ${comment}`, jws, result, valid, group }],
    )
  })
  test.each(vectors)('$id: $title', async ({ id, jws, result, valid, group }) => {
    const isRight = (result === 'valid') !== (others[file]?.[id] !== undefined)
    const issuer = issuerOf(group)
    expect(await isAccepted(jws, issuer)).toBe(isRight)
    // Once more with a key that has verified a token before.
    if (valid) await isAccepted(valid, issuer)
    expect(await isAccepted(jws, issuer)).toBe(isRight)
  })
})
