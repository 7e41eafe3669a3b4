import { X509Certificate } from 'node:crypto'
import { createServer, request } from 'node:https'
import * as security from '@clew/security'
import { type Database, type Listening, listen, startRedis } from '@clew/testing'
import { describeWith } from '@clew/testing/programs'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { type Certificate, type Certificates, createCertificates } from '../support/certificates.ts'
import { makeProofKey, proof } from '../support/proofs.ts'
import { serve } from '../support/service.ts'
import { audience, issuer, makeKey, type TestKey, token } from '../support/tokens.ts'

// Tokens that only their client can use, over real connections.

let key: TestKey
beforeAll(async () => {
  key = await makeKey()
})
const scheme = (options: Partial<security.JwtOptions>) =>
  security.jwt('jwt', {
    issuers: [{ issuer, audience, jwks: { keys: [key.jwk] } }],
    ...options,
  } as security.JwtOptions)

const thumbprint = ({ cert }: Certificate) =>
  Buffer.from(new X509Certificate(cert).fingerprint256.replaceAll(':', ''), 'hex').toString(
    'base64url',
  )

describeWith('openssl', 'a token that is bound to a certificate (RFC 8705, 3)', () => {
  let certificates: Certificates
  let mine: Certificate
  let others: Certificate
  let server: Certificate
  beforeAll(() => {
    certificates = createCertificates()
    server = certificates.signed('server', 'localhost')
    mine = certificates.selfSigned('mine')
    others = certificates.signed('others')
  })
  afterAll(() => certificates.remove())

  /** Over TLS that asks for a certificate, whoever has signed it. */
  async function start(policy: security.Policy) {
    const api = security.create({ default: policy })
    const reasons: unknown[] = []
    api.subscribe(
      ({ type, fields }) => type === 'security.denied' && reasons.push(fields['reason']),
    )
    const options = { ...server, requestCert: true, rejectUnauthorized: false }
    const handle = security.handler(api.method('m'), (_req, res) => res.end())
    const listening: Listening = await listen(createServer(options, handle) as never)
    const ask = (text: string, certificate?: Certificate, headers: object = {}) =>
      new Promise<unknown>((resolve, reject) => {
        const sent = request({
          port: listening.port,
          ca: certificates.ca,
          agent: false,
          ...certificate,
          headers: { authorization: `Bearer ${text}`, ...headers },
        })
        sent.on('response', (answer) => {
          answer.resume()
          resolve(answer.statusCode === 200 ? 200 : `${answer.statusCode} ${reasons.at(-1)}`)
        })
        sent.on('error', reject)
        sent.end()
      })
    return { ask, close: listening.close }
  }
  const bound = (certificate: Certificate, more = {}) =>
    token(key, { cnf: { 'x5t#S256': thumbprint(certificate), ...more } })

  test('is accepted over a connection with it, and no other', async () => {
    const { ask, close } = await start(scheme({ mtls: 'accepted' }))
    const text = await bound(mine)
    expect(await ask(text, mine)).toBe(200)
    expect(await ask(text, others)).toBe('401 other_certificate')
    expect(await ask(text)).toBe('401 no_certificate')
    expect(await ask(await bound(others), others)).toBe(200)
    expect(await ask(await token(key))).toBe(200)
    expect(await ask(await token(key, { cnf: { 'x5t#S256': 7 } }), mine)).toBe('401 bound_token')
    await close()
  })

  test('headers of a proxy are no certificate', async () => {
    const { ask, close } = await start(scheme({ mtls: 'accepted' }))
    const pem = encodeURIComponent(mine.cert)
    const headers = {
      'x-forwarded-client-cert': `Cert="${pem}"`,
      'client-cert': `:${new X509Certificate(mine.cert).raw.toString('base64')}:`,
      'x-ssl-client-cert': pem,
    }
    expect(await ask(await bound(mine), undefined, headers)).toBe('401 no_certificate')
    expect(await ask(await bound(mine), others, headers)).toBe('401 other_certificate')
    await close()
  })

  test('where binding is required, no other token is accepted', async () => {
    const { ask, close } = await start(scheme({ mtls: 'required' }))
    expect(await ask(await bound(mine), mine)).toBe(200)
    expect(await ask(await token(key), mine)).toBe('401 unbound_token')
    await close()
  })

  test('without the option it is refused', async () => {
    const { ask, close } = await start(scheme({}))
    expect(await ask(await bound(mine), mine)).toBe('401 bound_token')
    await close()
  })

  test('bound to a key, too, both are needed', async () => {
    const client = await makeProofKey()
    const { ask, close } = await start(scheme({ mtls: 'accepted', dpop: true }))
    const text = await bound(mine, { jkt: client.jkt })
    expect(await ask(text, mine)).toBe('401 bound_token')
    const htu = 'https://localhost/'
    const prove = async () => ({
      authorization: `DPoP ${text}`,
      host: 'localhost',
      dpop: await proof(client, text, { htu }),
    })
    expect(await ask(text, others, await prove())).toBe('401 other_certificate')
    expect(await ask(text, mine, await prove())).toBe(200)
    await close()
  })
})

describeWith('redis-server', 'DPoP proofs in a real Redis', () => {
  let redis: Database
  beforeAll(async () => {
    redis = await startRedis()
  })
  afterAll(() => redis.close())

  describe.each(['redis', 'ioredis'])('with a client of %s', (kind) => {
    test('one proof is good for one instance, once', async () => {
      const node = kind === 'redis' ? createClient({ url: redis.url }) : undefined
      await node?.connect()
      const io = node ? undefined : new Redis(redis.port, '127.0.0.1')
      const store = () => security.redisProofs((node ?? io) as never, { prefix: `${kind}:` })
      const publicUrls = 'https://api.test'
      const make = () =>
        serve(scheme({ dpop: { store: store(), publicUrls } }), { failures: false })
      const [one, two] = [await make(), await make()]
      const client = await makeProofKey()
      const text = await token(key, { cnf: { jkt: client.jkt } })
      const dpop = await proof(client, text, { htu: 'https://api.test/' })
      const send = (at: typeof one) => at.ask({ authorization: `DPoP ${text}`, dpop })
      const answers = await Promise.all([one, two, one, two, one, two].map(send))
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
      const seen = new Redis(redis.port, '127.0.0.1')
      const [stored] = await seen.keys(`${kind}:*`)
      expect(await seen.pttl(String(stored))).toBeGreaterThan(0)
      seen.disconnect()
      await Promise.all([one.close(), two.close(), node?.close()])
      io?.disconnect()
    })
  })
})
