// The cost of an access decision: for a JWT, compared with jose alone, and for one of 100,000 API
// keys.
import type { IncomingMessage } from 'node:http'
import * as security from '@clew/security'
import { createLocalJWKSet, exportJWK, generateKeyPair, jwtVerify, SignJWT } from 'jose'

const issuer = 'https://idp.example/'
const audience = 'https://orders.example'
const rounds = 25

type Check = (req: IncomingMessage) => unknown

const request = (headers: Record<string, string>) =>
  ({
    headers: { host: 'localhost', 'user-agent': 'bench', accept: '*/*', ...headers },
    rawHeaders: Object.entries({ host: 'localhost', accept: '*/*', ...headers }).flat(),
    socket: { remoteAddress: '127.0.0.1' },
  }) as unknown as IncomingMessage

/** CPU microseconds per call, in all threads, with 50 calls in flight. */
async function measure(inputs: readonly IncomingMessage[], check: Check): Promise<number> {
  const start = process.cpuUsage()
  for (let from = 0; from < inputs.length; from += 50) {
    const pending: unknown[] = []
    for (let index = from; index < from + 50; index++) {
      const decision = check(inputs[index] as IncomingMessage)
      if (decision !== undefined) pending.push(decision)
    }
    if (pending.length > 0) await Promise.all(pending)
  }
  const { user, system } = process.cpuUsage(start)
  return (user + system) / inputs.length
}

async function best(
  createInputs: () => Promise<readonly IncomingMessage[]>,
  checks: Readonly<Record<string, Check>>,
): Promise<ReadonlyMap<string, number>> {
  const results = new Map<string, number>()
  for (let round = 0; round < rounds; round++) {
    for (const [name, check] of Object.entries(checks)) {
      const least = await measure(await createInputs(), check)
      results.set(name, Math.min(least, results.get(name) ?? Number.POSITIVE_INFINITY))
    }
  }
  return results
}

function table(title: string, results: ReadonlyMap<string, number>, base: string): void {
  const baseUs = results.get(base) ?? 1
  console.log(`\n${title}`)
  for (const [name, us] of results) {
    console.log(
      `  ${name.padEnd(44)} ${`${us.toFixed(2)} µs`.padStart(10)} ${(us / baseUs).toFixed(2).padStart(8)} ×`,
    )
  }
}

export async function run(): Promise<void> {
  for (const alg of ['ES256', 'RS256']) await measureTokens(alg)
  await measureKeys()
}

async function measureTokens(alg: string): Promise<void> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg, use: 'sig' } as security.Jwk
  const token = (jti: string) =>
    new SignJWT({ scope: 'api:read api:write', client_id: 'web', jti })
      .setProtectedHeader({ alg, kid: 'k1', typ: 'at+jwt' })
      .setIssuer(issuer)
      .setAudience(audience)
      .setSubject('alice')
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(privateKey)
  const tokens = await Promise.all(Array.from({ length: 400 }, (_, index) => token(String(index))))
  const requests = async () => tokens.map((token) => request({ authorization: `Bearer ${token}` }))
  const repeated = async () =>
    Array.from({ length: 20_000 }, () => request({ authorization: `Bearer ${tokens[0]}` }))

  const createCheck = (options?: { cacheMax: number }): Check => {
    const jwt = security.jwt('jwt', {
      issuers: [{ issuer, audience, jwks: { keys: [jwk] } }],
      scopes: { 'api:read': 'Read' },
      ...options,
    })
    return security.create({ default: jwt.scopes('api:read') }).method('bench').check
  }
  // A cache of one verdict, so that every token is new.
  const cold = createCheck({ cacheMax: 1 })
  const set = createLocalJWKSet({ keys: [jwk as never] })
  const jose: Check = (req) =>
    jwtVerify((req.headers.authorization as string).slice(7), set, {
      issuer,
      audience,
      algorithms: [alg],
      requiredClaims: ['exp', 'sub'],
    }).then(() => undefined)
  table(
    `JWT ${alg}, first time (budget: 1.15 × jose)`,
    await best(requests, { 'jose jwtVerify': jose, '@clew/security': cold }),
    'jose jwtVerify',
  )
  const warm = createCheck()
  table(
    `JWT ${alg}, seen before (budget: 3 µs)`,
    await best(repeated, { '@clew/security': warm }),
    '@clew/security',
  )
}

async function measureKeys(): Promise<void> {
  const issued = Array.from({ length: 100_000 }, (_, index) =>
    security.issueApiKey({ owner: `owner-${index}`, scopes: ['read'] }),
  )
  const apiKey = security.apiKey('api_key', {
    keys: issued.map(({ record }) => record),
    scopes: { read: 'Read' },
  })
  const policy = apiKey.scopes('read')
  const { check } = security.create({ default: policy }).method('bench')
  const rateLimit = { max: 1_000_000_000 }
  const { check: limited } = security.create({ default: policy, rateLimit }).method('bench')
  const requests = async () =>
    Array.from({ length: 20_000 }, (_, index) =>
      request({ 'x-api-key': issued[(index * 7919) % issued.length]?.key ?? '' }),
    )
  table(
    'API key among 100,000 (budget: 5 µs; the check of a rate limit: 1 µs more)',
    await best(requests, { '@clew/security': check, 'with a rate limit': limited }),
    '@clew/security',
  )
}
