// What each kind of wrong credential costs, beside the median of all kinds: nobody should find one
// that is worth a denial of service. CPU time, all threads; without the limit of failures, which stops
// most of them after 30.
import { createHmac, randomBytes } from 'node:crypto'
import * as security from '@clew/security'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

const issuer = 'https://idp.example/'
const audience = 'https://orders.example'
const [rounds, perRound, inFlight] = [9, 1_000, 50]

type Headers = Record<string, string>

/** One kind of input: another one for each index. */
type Kind = (index: number) => Headers

interface Subject {
  readonly guard: security.Guard
  readonly kinds: Readonly<Record<string, Kind>>
}

const b64 = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
const bearer = (token: string): Headers => ({ authorization: `Bearer ${token}` })
const guardOf = (scheme: security.Scheme) =>
  security.create({ default: scheme, failures: false }).method('bench')

// So many bytes as a token may have.
const maxBytes = 7_900
const filled = (unit: string) => unit.repeat(Math.floor(maxBytes / unit.length))

async function tokens(): Promise<Subject> {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' }
  const claims = (index: number, more: object = {}) => {
    const iat = Math.floor(Date.now() / 1_000)
    return { iss: issuer, aud: audience, sub: `user ${index}`, iat, exp: iat + 300, ...more }
  }
  const right = await new SignJWT(claims(-1))
    .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
    .sign(privateKey)
  const signature = right.slice(right.lastIndexOf('.') + 1)
  const header = { alg: 'ES256', kid: 'k1' }
  const made = (head: unknown, body: unknown) => bearer(`${b64(head)}.${b64(body)}.${signature}`)
  const jwt = security.jwt('jwt', {
    issuers: [{ issuer, audience, jwks: { keys: [jwk as security.Jwk] } }],
  })
  const guard = guardOf(jwt)
  // As in every service that somebody uses: the key has verified a token.
  await guard.authenticate({ method: 'GET', url: '/', headers: bearer(right), peer: '127.0.0.1' })
  return {
    guard,
    kinds: {
      'no credential': () => ({}),
      'signature of somebody else': (index) => made(header, claims(index)),
      'signature of one byte': (index) => bearer(`${b64(header)}.${b64(claims(index))}.AA`),
      'HS256 with the public key': (index) => {
        const text = `${b64({ ...header, alg: 'HS256' })}.${b64(claims(index))}`
        const mac = createHmac('sha256', JSON.stringify(jwk)).update(text).digest('base64url')
        return bearer(`${text}.${mac}`)
      },
      'unknown kid': (index) => made({ ...header, kid: `kid ${index}` }, claims(index)),
      'algorithm none': (index) => made({ alg: 'none' }, claims(index)),
      expired: (index) => made(header, claims(index, { exp: 1 })),
      'unknown issuer': (index) => made(header, claims(index, { iss: 'https://evil.example' })),
      'long text without a dot': (index) => bearer(filled(`a${index}`)),
      'only dots': (index) => bearer(`${index}${filled('.')}`),
      'long signature': (index) => bearer(`${b64(header)}.${b64(claims(index))}.${filled('aaaa')}`),
      'long kid': (index) => made({ ...header, kid: filled(`a${index}`) }, claims(index)),
      'deeply nested claims': (index) =>
        made(header, `{"a":${filled('[').slice(0, 3_000)}${']'.repeat(3_000)},"sub":"${index}"}`),
      'many claims': (index) =>
        made(
          header,
          claims(
            index,
            Object.fromEntries(
              manyNames(index)
                .slice(0, 250)
                .map((name) => [name, 1]),
            ),
          ),
        ),
      'many scopes': (index) => made(header, claims(index, { scope: manyNames(index).join(' ') })),
      'many audiences': (index) => made(header, claims(index, { aud: manyNames(index) })),
      'backslashes in a claim': (index) =>
        made(header, claims(index, { sub: filled('\\').slice(0, 3_500) })),
      'quotes in a claim': (index) =>
        made(header, claims(index, { sub: filled('"').slice(0, 3_500) })),
      'a member twice': (index) => made(header, `{"sub":"${index}","sub":"a"}`),
      'no JSON': (index) => made(filled(`{"a${index}`).slice(0, 4_000), '{'),
      'no UTF-8': () => bearer(`${randomBytes(3_000).toString('base64url')}.AAAA.AAAA`),
    },
  }
}

const manyNames = (index: number) => Array.from({ length: 400 }, (_, at) => `${index}_${at}`)

function keys(): Subject {
  const { record } = security.issueApiKey({ owner: 'ada' })
  const wrong = Array.from({ length: perRound }, () => security.issueApiKey({ owner: 'eve' }).key)
  const key = (text: string): Headers => ({ 'x-api-key': text })
  const from = (index: number) => wrong[index % perRound] ?? ''
  return {
    guard: guardOf(security.apiKey('key', { keys: [record] })),
    kinds: {
      'unknown key': (index) => key(from(index)),
      'known id, another secret': (index) => key(from(index).replace(/_\w{12}_/, `_${record.id}_`)),
      'wrong checksum': (index) => key(`${from(index).slice(0, -1)}!`),
      'long key': (index) => key(filled(`a_${index}`)),
      'only underscores': (index) => key(filled('_') + index),
    },
  }
}

function passwords(): Subject {
  const basic = (text: string): Headers => ({
    authorization: `Basic ${Buffer.from(text).toString('base64')}`,
  })
  return {
    // What a hash costs is the choice of whoever made it, and only so many are computed at once.
    guard: guardOf(security.basic('basic', { verify: () => false, maxWaiting: 10_000 })),
    kinds: {
      'wrong password': (index) => basic(`ada:${index}`),
      'no colon': (index) => basic(filled(`a${index}`).slice(0, 2_900)),
      'only colons': (index) => basic(`a${index}${':'.repeat(2_900)}`),
      'password of combining marks': (index) =>
        basic(`a:${'e\u0301\u0323\u0301'.repeat(300)}${index}`),
      'long credential': (index) => basic(`a:${filled(`${index}`)}`),
      'no base64': (index) => ({ authorization: `Basic ${'!'.repeat(3_000)}${index}` }),
      'many spaces': (index) => ({ authorization: `Basic ${' '.repeat(7_000)}${index} a` }),
      'list of proxies': (index) => ({
        ...basic(`ada:${index}`),
        'x-forwarded-for': `${index},${filled('192.0.2.1, ')}`,
      }),
    },
  }
}

/** CPU microseconds for each input. */
async function measure({ guard }: Subject, kind: Kind, round: number): Promise<number> {
  const requests = Array.from({ length: perRound }, (_, index) => {
    const headers = { host: 'localhost', ...kind(round * perRound + index) }
    return { method: 'GET', url: '/', headers, peer: '127.0.0.1' }
  })
  const start = process.cpuUsage()
  for (let from = 0; from < perRound; from += inFlight) {
    const pending = requests
      .slice(from, from + inFlight)
      .map(async (each) => guard.authenticate(each))
    for (const decision of await Promise.all(pending)) {
      if (decision.allowed) throw new Error('a wrong credential was accepted')
    }
  }
  const { user, system } = process.cpuUsage(start)
  return (user + system) / perRound
}

export async function run(): Promise<void> {
  const subjects = { jwt: await tokens(), apiKey: keys(), basic: passwords() }
  const found: { readonly name: string; us: number }[] = []
  for (let round = 0; round < rounds; round++) {
    let at = 0
    for (const [scheme, subject] of Object.entries(subjects)) {
      for (const [kind, input] of Object.entries(subject.kinds)) {
        const us = await measure(subject, input, round)
        const known = found[at++]
        if (known) known.us = Math.min(known.us, us)
        else found.push({ name: `${scheme}: ${kind}`, us })
      }
    }
  }
  found.sort((a, b) => b.us - a.us)
  const medianUs = found[Math.floor(found.length / 2)]?.us ?? 1
  console.log('\nA wrong credential of each kind (budget: 20 × the median)')
  for (const { name, us } of found) {
    const ratio = `${(us / medianUs).toFixed(1)} ×`
    console.log(`  ${name.padEnd(44)} ${`${us.toFixed(2)} µs`.padStart(10)} ${ratio.padStart(8)}`)
  }
}
