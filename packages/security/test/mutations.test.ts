import * as security from '@clew/security'
import { expect, test } from '@jest/globals'
import { createAuthorizationServer } from './support/authorization-server.ts'
import { makeProofKey, proof } from './support/proofs.ts'
import { audience, issuer, makeKey, seconds, token } from './support/tokens.ts'

// `CLEW_MUTATIONS=1000000 pnpm test test/mutations.test.ts` for the long form.
const count = Number(process.env['CLEW_MUTATIONS'] ?? 20_000)
const perRound = 5_000

/** Deterministic: mulberry32. */
function random(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

const characters =
  'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_+/=.,:;"\\\'\t ~\u0000\u00e9\u{1f600}'
const next = random(20_261_128)
const any = () => [...characters][next([...characters].length)] as string
const inside = (text: string) => next(text.length)

const mutations: Record<string, (text: string) => string> = {
  replace: (text) => spliced(text, inside(text), 1, any()),
  insert: (text) => spliced(text, inside(text), 0, any()),
  remove: (text) => spliced(text, inside(text), 1, ''),
  cut: (text) => text.slice(0, inside(text)),
  repeat: (text) => text + text.slice(inside(text)),
  swap(text) {
    const at = inside(text)
    return text.slice(at) + text.slice(0, at)
  },
  turnCase(text) {
    const at = inside(text)
    const letter = text[at] as string
    const other = letter === letter.toUpperCase() ? letter.toLowerCase() : letter.toUpperCase()
    return spliced(text, at, 1, other)
  },
  flipBit(text) {
    const at = inside(text)
    return spliced(text, at, 1, String.fromCharCode(text.charCodeAt(at) ^ (1 << next(7))))
  },
  lengthen: (text) => text + any().repeat(next(9_000)),
  double: (text) => mutate(mutate(text)),
  // What is encoded: a claim, a header, a password, the bytes of a signature.
  inBase64(text) {
    const parts = text.split('.')
    const at = next(parts.length)
    const form = text.includes('.') ? 'base64url' : 'base64'
    const bytes = Buffer.from(parts[at] as string, form).toString('latin1')
    return parts.with(at, Buffer.from(mutate(bytes), 'latin1').toString(form)).join('.')
  },
  exchangeParts: (text) => {
    const parts = text.split('.')
    return parts.with(next(parts.length), parts[next(parts.length)] as string).join('.')
  },
}
const names = Object.keys(mutations)

function spliced(text: string, at: number, removed: number, added: string): string {
  return text.slice(0, at) + added + text.slice(at + removed)
}

function mutate(text: string): string {
  return mutations[names[next(names.length)] as string]?.(text || 'x') ?? ''
}

interface Source {
  readonly scheme: string
  readonly guard: security.Guard
  /** The header that is mutated: its name, what stands before the credential, and that. */
  readonly header: readonly [name: string, before: string, credential: string]
  readonly others?: Readonly<Record<string, string>>
}

const request = { method: 'GET', url: 'https://api.test/', peer: '127.0.0.1', tls: true }

const guardOf = (scheme: security.Scheme) =>
  security.create({ default: scheme, failures: false }).method('x')

async function sources(introspection: string): Promise<readonly Source[]> {
  const { key, record } = security.issueApiKey({ owner: 'reporting' })
  const jwtKey = await makeKey()
  const proofKey = await makeProofKey()
  const issuers = [{ issuer, audience, jwks: { keys: [jwtKey.jwk] } }]
  const bound = await token(jwtKey, { cnf: { jkt: proofKey.jkt } })
  const dpop = guardOf(security.jwt('dpop', { issuers, dpop: { maxAgeMs: 300_000 } }))
  const sign = () => proof(proofKey, bound, { htu: 'https://api.test/' })
  const control = await sign()
  expect(
    await dpop.authenticate({
      ...request,
      headers: { authorization: `DPoP ${bound}`, dpop: control },
    }),
  ).toMatchObject({ allowed: true })
  return [
    {
      scheme: 'apiKey',
      guard: guardOf(security.apiKey('key', { keys: [record] })),
      header: ['x-api-key', '', key],
    },
    {
      scheme: 'apiKey of a store, as a bearer token',
      guard: guardOf(
        security.apiKey('bearer', {
          in: 'bearer',
          store: { get: async (id) => (id === record.id ? record : undefined) },
        }),
      ),
      header: ['authorization', 'Bearer ', key],
    },
    {
      scheme: 'apiKey in a cookie',
      guard: guardOf(security.apiKey('pages', { in: 'cookie', keys: [record] })),
      header: ['cookie', '__Host-api_key=', key],
    },
    {
      scheme: 'basic',
      guard: guardOf(
        security.basic('basic', {
          verify: (user, password) => user === 'alice' && password === 'right',
          cacheMs: 0,
          maxWaiting: 10_000,
        }),
      ),
      header: ['authorization', 'Basic ', btoa('alice:right')],
    },
    {
      scheme: 'jwt',
      guard: guardOf(security.jwt('jwt', { issuers })),
      header: ['authorization', 'Bearer ', await token(jwtKey)],
    },
    {
      scheme: 'jwt, the token of a proof',
      guard: dpop,
      header: ['authorization', 'DPoP ', bound],
      others: { dpop: await sign() },
    },
    { scheme: 'jwt, its proof', guard: dpop, ...proofOf(bound, await sign()) },
    {
      scheme: 'oauth2',
      guard: guardOf(
        security.oauth2('oauth2', {
          introspection: {
            endpoint: introspection,
            client: { id: 'orders', secret: 's3cret' },
            audience,
            timeoutMs: 60_000,
            concurrency: 64,
            maxWaiting: 10_000,
          },
        }),
      ),
      header: ['authorization', 'Bearer ', opaque],
    },
    {
      scheme: 'a scheme of the application',
      guard: guardOf(
        security.scheme('session', {
          header: 'X-Session',
          authenticate: ({ headers }) => headers['x-session'] === opaque && { subject: 'alice' },
        }),
      ),
      header: ['x-session', '', opaque],
    },
  ]
}

const opaque = 'mF_9.B5f-4.1JqM~8xLOxBtZp8+/'

const proofOf = (bound: string, signed: string): Pick<Source, 'header' | 'others'> => ({
  header: ['dpop', '', signed],
  others: { authorization: `DPoP ${bound}` },
})

const ask = ({ guard, header: [name, before], others }: Source, credential: string) =>
  guard.authenticate({ ...request, headers: { ...others, [name]: before + credential } })

async function attack(all: readonly Source[], times: number): Promise<void> {
  const seen = new Map<string, number>()
  const attempt = async (source: Source) => {
    const [name, , credential] = source.header
    const mutated = mutate(credential)
    // White space around a credential, quotes around a cookie, and further cookies are no part of it.
    if (meaning(mutated) === credential) return
    const decision = await ask(source, mutated)
    const status = decision.allowed ? 200 : decision.denied.status
    if (status !== 400 && status !== 401)
      expect([source.scheme, name, mutated, status]).toEqual([source.scheme, name, mutated, 401])
    seen.set(`${source.scheme} ${status}`, (seen.get(`${source.scheme} ${status}`) ?? 0) + 1)
  }
  for (let from = 0; from < times; from += 100) {
    const batch = Array.from({ length: 100 }, (_, index) => all[(from + index) % all.length])
    await Promise.all(batch.map((source) => attempt(source as Source)))
  }
  for (const source of all) {
    expect(seen.get(`${source.scheme} 401`)).toBeGreaterThan(times / all.length / 4)
    // The credential that was mutated is right, so that it was not refused for another reason.
    expect([source.scheme, await ask(source, source.header[2])]).toMatchObject([
      source.scheme,
      { allowed: true },
    ])
  }
}

test(
  `${count} mutated credentials: none is accepted, nothing throws, no 5xx`,
  async () => {
    const server = await createAuthorizationServer()
    server.paths['/introspect'] = (_req, res, body) => {
      const isRight = new URLSearchParams(body).get('token') === opaque
      const claims = { sub: 'alice', aud: audience, exp: seconds() + 300 }
      res.setHeader('content-type', 'application/json')
      res.end(JSON.stringify(isRight ? { active: true, ...claims } : { active: false }))
    }
    // Proofs and tokens last for minutes, so that each round has its own.
    for (let left = count; left > 0; left -= perRound) {
      await attack(await sources(`${server.url}/introspect`), Math.min(left, perRound))
    }
    await server.close()
  },
  120_000 + count,
)

const meaning = (text: string) =>
  (text.split(';')[0] as string).replace(/^[ \t]+|[ \t]+$/g, '').replace(/^"(.*)"$/, '$1')
