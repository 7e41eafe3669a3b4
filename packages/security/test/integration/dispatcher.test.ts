import { createServer as createPlainServer } from 'node:http'
import { createServer } from 'node:https'
import { connect } from 'node:net'
import * as security from '@clew/security'
import { type Listening, listen } from '@clew/testing'
import { describeWith } from '@clew/testing/programs'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { Agent, ProxyAgent } from 'undici'
import { Agent as Agent6 } from 'undici6'
import { type Certificates, createCertificates } from '../support/certificates.ts'
import { type Service, serve } from '../support/service.ts'
import { audience, issuer, makeKey, type TestKey, token } from '../support/tokens.ts'

// Keys behind the company's proxy, and behind its own certificate authority.

describeWith('openssl', 'a dispatcher of your own fetches the keys', () => {
  let certificates: Certificates
  let ca: string
  let key: TestKey
  let idp: Listening
  let proxy: Listening
  let service: Service | undefined
  const tunnels: string[] = []

  beforeAll(async () => {
    certificates = createCertificates()
    ca = certificates.ca
    key = await makeKey()
    idp = await listen(
      createServer(certificates.signed('idp', 'idp.internal', 'localhost'), (_req, res) => {
        res.end(JSON.stringify({ keys: [key.jwk] }))
      }) as never,
    )
    // It knows where idp.internal is; nobody else does.
    const tunnel = createPlainServer((_req, res) => res.writeHead(405).end())
    tunnel.on('connect', (req, socket) => {
      tunnels.push(String(req.url))
      const upstream = connect(idp.port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n')
        upstream.pipe(socket).pipe(upstream)
      })
      upstream.on('error', () => socket.destroy())
      socket.on('error', () => upstream.destroy())
    })
    proxy = await listen(tunnel)
  })
  afterEach(async () => {
    await service?.close()
    service = undefined
  })
  afterAll(async () => {
    await Promise.all([idp.close(), proxy.close()])
    certificates.remove()
  })

  async function ask(uri: string, dispatcher?: security.DispatcherLike): Promise<number> {
    const jwks = dispatcher === undefined ? { uri } : { uri, dispatcher }
    service = await serve(security.jwt('jwt', { issuers: [{ issuer, audience, jwks }] }))
    return (await service.ask({ authorization: `Bearer ${await token(key)}` })).status
  }

  test('a private CA, with undici 7 and 6', async () => {
    const uri = `https://localhost:${idp.port}/keys`
    for (const agent of [new Agent({ connect: { ca } }), new Agent6({ connect: { ca } })]) {
      expect(await ask(uri, agent)).toBe(200)
      await service?.close()
      await agent.close()
    }
  })

  test('without it, the certificate is refused, and nobody gets in', async () => {
    expect(await ask(`https://localhost:${idp.port}/keys`)).toBe(503)
    expect(
      service?.reports.find(({ type }) => type === 'security.keys_failed')?.fields,
    ).toMatchObject({ error: expect.stringMatching(/CERT|ISSUER|SIGNATURE/) })
  })

  test('a proxy, in front of a host with a private CA', async () => {
    const agent = new ProxyAgent({ uri: proxy.url, requestTls: { ca } })
    expect(await ask(`https://idp.internal:${idp.port}/keys`, agent)).toBe(200)
    expect(tunnels).toEqual([`idp.internal:${idp.port}`])
    // It is the application's, and still works after the shutdown.
    await service?.close()
    service = undefined
    const answer = await agent.request({
      origin: `https://idp.internal:${idp.port}`,
      path: '/',
      method: 'GET',
    })
    expect(answer.statusCode).toBe(200)
    await answer.body.dump()
    await agent.close()
  })

  test('a proxy that is down: 503', async () => {
    const agent = new ProxyAgent({ uri: 'http://127.0.0.1:1', requestTls: { ca } })
    expect(await ask(`https://idp.internal:${idp.port}/keys`, agent)).toBe(503)
    await agent.close()
  })
})
