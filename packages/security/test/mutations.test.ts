import * as security from '@clew/security'
import { expect, test } from '@jest/globals'
import { audience, issuer, makeKey, token } from './support/tokens.ts'

// `CLEW_MUTATIONS=1000000 pnpm test test/mutations.test.ts` for the long form.
const count = Number(process.env['CLEW_MUTATIONS'] ?? 20_000)

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
}
const names = Object.keys(mutations)

function spliced(text: string, at: number, removed: number, added: string): string {
  return text.slice(0, at) + added + text.slice(at + removed)
}

function mutate(text: string): string {
  return mutations[names[next(names.length)] as string]?.(text || 'x') ?? ''
}

test(
  `${count} mutated credentials: none is accepted, nothing throws, no 5xx`,
  async () => {
    const { key, record } = security.issueApiKey({ owner: 'reporting' })
    const jwtKey = await makeKey()
    const schemes = [
      security.apiKey('key', { keys: [record] }),
      security.apiKey('pages', { in: 'cookie', keys: [record] }),
      security.basic('basic', {
        verify: (user, password) => user === 'alice' && password === 'right',
        cacheMs: 0,
        maxWaiting: 10_000,
      }),
      security.jwt('jwt', { issuers: [{ issuer, audience, jwks: { keys: [jwtKey.jwk] } }] }),
    ] as const
    const bearer = await token(jwtKey)
    const sources: readonly [scheme: number, before: string, credential: string, name: string][] = [
      [0, '', key, 'x-api-key'],
      [1, '__Host-api_key=', key, 'cookie'],
      [2, 'Basic ', btoa('alice:right'), 'authorization'],
      [3, 'Bearer ', bearer, 'authorization'],
    ]
    const guards = schemes.map((scheme) =>
      security.create({ default: scheme, failures: false }).method('x'),
    )
    const ask = async (scheme: number, name: string, value: string) =>
      guards[scheme]?.authenticate({
        method: 'GET',
        url: '/',
        headers: { [name]: value },
        peer: '127.0.0.1',
      })
    for (const [scheme, before, credential, name] of sources) {
      expect(await ask(scheme, name, before + credential)).toMatchObject({ allowed: true })
    }
    const statuses = new Map<string, number>()
    const attempt = async (index: number) => {
      const [scheme, before, credential, name] = sources[
        index % sources.length
      ] as (typeof sources)[0]
      const mutated = mutate(credential)
      // White space around a credential, quotes around a cookie, and further cookies are no part of it.
      if (meaning(mutated) === credential) return
      const decision = await ask(scheme, name, before + mutated)
      const status = decision?.allowed ? 200 : decision?.denied.status
      if (status !== 400 && status !== 401)
        expect([name, mutated, status]).toEqual([name, mutated, 401])
      statuses.set(`${name} ${status}`, (statuses.get(`${name} ${status}`) ?? 0) + 1)
    }
    for (let from = 0; from < count; from += 100) {
      await Promise.all(Array.from({ length: 100 }, (_, index) => attempt(from + index)))
    }
    expect(statuses.get('authorization 401')).toBeGreaterThan(count / 4)
  },
  120_000 + count,
)

const meaning = (text: string) =>
  (text.split(';')[0] as string).replace(/^[ \t]+|[ \t]+$/g, '').replace(/^"(.*)"$/, '$1')
