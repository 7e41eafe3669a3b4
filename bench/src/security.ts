// The cost of an access decision: for a JWT, compared with jose alone and with what Node services
// use, for one of 100,000 API keys, for a password, and for the limit of failures.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as security from '@clew/security'
import fastifyJwt from '@fastify/jwt'
import { auth } from 'express-oauth2-jwt-bearer'
import fastify from 'fastify'
import { createLocalJWKSet, exportJWK, exportSPKI, generateKeyPair, jwtVerify, SignJWT } from 'jose'
import { Passport } from 'passport'
import { ExtractJwt, Strategy } from 'passport-jwt'
import { budget } from './report/budgets.ts'

const issuer = 'https://idp.example/'
const audience = 'https://orders.example'
const rounds = 25

type Check = (req: IncomingMessage) => unknown

const request = (headers: Record<string, string>) =>
  ({
    method: 'GET',
    url: '/',
    // What Express adds to a request.
    query: {},
    get: (name: string) => (name === 'Host' ? 'localhost' : undefined),
    is: () => false,
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

const own = '@clew/security'

function atMostMicros(claim: string, us: number, most: number): void {
  budget(`${claim}: under ${most} µs`, { holds: us < most, measured: `${us.toFixed(2)} µs` })
}

export async function run(): Promise<void> {
  for (const alg of ['RS256', 'PS256', 'ES256', 'EdDSA']) await measureTokens(alg)
  await measureKeys()
  await measurePasswords()
  await measureLimit()
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
  const first = await best(requests, {
    'jose jwtVerify': jose,
    [own]: cold,
    ...(await createPeers(alg, jwk, await exportSPKI(publicKey))),
  })
  table(`JWT ${alg}, first time`, first, 'jose jwtVerify')
  const ratio = (first.get(own) ?? 0) / (first.get('jose jwtVerify') ?? 1)
  budget(`JWT ${alg}, first time: at most 1.15 × jose`, {
    holds: ratio <= 1.15,
    measured: `${ratio.toFixed(2)} ×`,
  })
  const again = await best(repeated, { [own]: createCheck() })
  table(`JWT ${alg}, seen before`, again, own)
  atMostMicros(`JWT ${alg}, seen before`, again.get(own) ?? 0, 3)
}

/** Each as its own documentation sets it up. */
async function createPeers(
  alg: string,
  jwk: security.Jwk,
  pem: string,
): Promise<Readonly<Record<string, Check>>> {
  const passport = new Passport()
  // jsonwebtoken, which it uses, does not know EdDSA.
  const options = { issuer, audience, algorithms: [alg as 'RS256'] }
  const jwtFromRequest = ExtractJwt.fromAuthHeaderAsBearerToken()
  passport.use(
    new Strategy({ ...options, jwtFromRequest, secretOrKey: pem }, (claims, done) =>
      done(null, claims),
    ),
  )
  const app = fastify()
  await app.register(fastifyJwt, {
    secret: { public: pem },
    verify: { allowedIss: issuer, allowedAud: audience, algorithms: [alg as 'RS256'] },
  })
  await app.ready()
  const bearer = auth({
    issuer,
    audience,
    jwksUri: await serveKeys(jwk),
    tokenSigningAlg: alg,
  }) as unknown as Middleware
  const pass = passport.authenticate('jwt', { session: false }) as Middleware
  return {
    'express-oauth2-jwt-bearer': throughNext(bearer),
    ...(alg === 'EdDSA' ? {} : { 'passport-jwt': throughNext(pass) }),
    '@fastify/jwt': (req) => {
      app.jwt.verify((req.headers.authorization as string).slice(7))
    },
  }
}

type Middleware = (
  req: IncomingMessage,
  res: ServerResponse,
  next: (error?: unknown) => void,
) => void

const throughNext =
  (middleware: Middleware): Check =>
  (req) =>
    new Promise<void>((resolve, reject) => {
      middleware(req, {} as ServerResponse, (error) => (error ? reject(error) : resolve()))
    })

/** Where a key set is, for whom it has to be fetched. */
async function serveKeys(jwk: security.Jwk): Promise<string> {
  const server = createServer((_req, res) => res.end(JSON.stringify({ keys: [jwk] })))
  server.listen(0, '127.0.0.1').unref()
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

async function measurePasswords(): Promise<void> {
  const users = { alice: await security.hashPassword('right', { cost: 10 }) }
  const { check } = security.create({ default: security.basic('basic', { users }) }).method('bench')
  const headers = { authorization: `Basic ${btoa('alice:right')}` }
  await check(request(headers))
  const requests = async () => Array.from({ length: 20_000 }, () => request(headers))
  const results = await best(requests, { [own]: check })
  table('Basic, seen before', results, own)
  atMostMicros('Basic, seen before', results.get(own) ?? 0, 5)
}

/** A wrong key of one of 1,000 addresses, with and without the limit. */
async function measureLimit(): Promise<void> {
  const { record } = security.issueApiKey({ owner: 'reporting' })
  const { key } = security.issueApiKey({ owner: 'stranger' })
  const apiKey = security.apiKey('key', { keys: [record] })
  const createCheck = (failures: security.FailureLimitOptions | false): Check =>
    security.create({ default: apiKey, https: 'off', failures }).method('bench').check
  const requests = async () =>
    Array.from({ length: 20_000 }, (_, index) => ({
      ...request({ 'x-api-key': key }),
      socket: { remoteAddress: `192.0.2.${index % 250}` },
    })) as unknown as IncomingMessage[]
  const [without, limited] = ['without a limit', 'with the limit of failures'] as const
  const results = await best(requests, {
    [without]: createCheck(false),
    [limited]: createCheck({ max: 1_000_000 }),
  })
  table('A wrong API key', results, without)
  const us = (results.get(limited) ?? 0) - (results.get(without) ?? 0)
  atMostMicros('one check of the limit of failures', us, 1)
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
  const withLimit = 'with a rate limit'
  const results = await best(requests, { [own]: check, [withLimit]: limited })
  table('API key among 100,000', results, own)
  const us = results.get(own) ?? 0
  atMostMicros('API key among 100,000', us, 5)
  atMostMicros('a rate limit, in addition', (results.get(withLimit) ?? 0) - us, 1)
}
