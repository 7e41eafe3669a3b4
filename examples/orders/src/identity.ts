import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

/** A request for a token. A negative lifetime makes a token that has already expired. */
export interface TokenRequest {
  readonly scope: string
  readonly subject?: string
  readonly lifetimeSeconds?: number
}

/** A small identity provider: it publishes its keys and signs tokens, like a real one. */
export interface Identity {
  readonly url: string
  token(request: TokenRequest): Promise<string>
  close(): Promise<void>
}

export const audience = 'https://orders.example'

/**
 * Starts the identity provider on 127.0.0.1 at `port` (0: any free port). `GET /token?scope=…`
 * returns a token.
 */
export async function startIdentity(port = 0): Promise<Identity> {
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  const key = { ...(await exportJWK(publicKey)), kid: 'example-1', alg: 'ES256', use: 'sig' }
  let url = ''

  const token = ({ scope, subject = 'ada', lifetimeSeconds = 600 }: TokenRequest) => {
    const now = Math.floor(Date.now() / 1_000)
    return new SignJWT({ scope })
      .setProtectedHeader({ alg: 'ES256', kid: key.kid, typ: 'at+jwt' })
      .setIssuer(url)
      .setAudience(audience)
      .setSubject(subject)
      .setIssuedAt(Math.min(now, now + lifetimeSeconds - 60))
      .setExpirationTime(now + lifetimeSeconds)
      .sign(privateKey)
  }

  const server = createServer(async (req, res) => {
    const { pathname, searchParams } = new URL(req.url ?? '/', url)
    if (pathname === '/.well-known/jwks.json') {
      res.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [key] }))
    } else if (pathname === '/token') {
      res.end(await token({ scope: searchParams.get('scope') ?? 'api:read' }))
    } else {
      res.writeHead(404).end()
    }
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  return {
    url,
    token,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
