import { codeOf } from '@clew/internal/errors/error'
import { deadline } from '../../limits/deadline.ts'
import { createDiscovery, endpointOf } from '../remote/discovery.ts'
import type { AuthorizationServer, ClientAuth } from '../remote/oauth.ts'
import { oauthFetch } from '../remote/oauth-fetch.ts'
import type { Claims } from '../token/claims.ts'
import type { IntrospectionClient, IntrospectionSettings } from './introspection-options.ts'

/** Asks the authorization server about tokens (RFC 7662). */
export interface Introspection {
  /** What it says of an active token; undefined if the token is not active. Rejects if it cannot be had. */
  ask(token: string): Promise<Claims | undefined>
  close(): Promise<void>
}

const metadataMs = 3_600_000

type OAuth = typeof import('../remote/oauth.ts')

export function createIntrospection({
  issuer,
  endpoint,
  client,
  remote,
}: IntrospectionSettings): Introspection {
  const { allowHttp } = remote
  const discovery = issuer === undefined ? undefined : createDiscovery(issuer, remote)
  let server: Promise<AuthorizationServer> | undefined
  let foundMs = 0
  let authentication: ClientAuth | undefined

  const serverOf = (): Promise<AuthorizationServer> => {
    if (server === undefined || performance.now() - foundMs > metadataMs) {
      foundMs = performance.now()
      const found = find()
      server = found
      // What could not be found is looked for again.
      found.catch(() => {
        if (server === found) server = undefined
      })
    }
    return server
  }

  async function find(): Promise<AuthorizationServer> {
    if (endpoint || !discovery) {
      const address = String(endpoint)
      return { issuer: issuer ?? address, introspection_endpoint: address }
    }
    const metadata = await discovery.metadata()
    const found = endpointOf(metadata, 'introspection_endpoint', allowHttp)
    return { issuer: metadata.issuer, introspection_endpoint: found.href }
  }

  async function ask(token: string): Promise<Claims | undefined> {
    const oauth = await import('../remote/oauth.ts')
    authentication ??= authenticationOf(oauth, client)
    const as = await serverOf()
    const identity = { client_id: client.id }
    const response = await oauth.introspectionRequest(as, identity, authentication, token, {
      additionalParameters: { token_type_hint: 'access_token' },
      [oauth.customFetch]: oauthFetch(remote.client),
      // Which URLs are allowed was decided above.
      [oauth.allowInsecureRequests]: true,
    })
    try {
      const found = await oauth.processIntrospectionResponse(as, identity, response)
      return found.active ? (found as unknown as Claims) : undefined
    } catch (error) {
      // Only `true` is active: neither "true" nor 1.
      if (saysSomethingElse(error)) return undefined
      throw error
    }
  }

  return {
    ask: (token) => deadline(() => ask(token), AbortSignal.timeout(remote.timeoutMs)),
    close: () => remote.client.close(),
  }
}

function authenticationOf(oauth: OAuth, client: IntrospectionClient): ClientAuth {
  const { secret = '', method, privateKey, keyId } = client
  if (privateKey) {
    return oauth.PrivateKeyJwt(keyId === undefined ? privateKey : { key: privateKey, kid: keyId })
  }
  return method === 'client_secret_post'
    ? oauth.ClientSecretPost(secret)
    : oauth.ClientSecretBasic(secret)
}

function saysSomethingElse(error: unknown): boolean {
  const { cause } = error as { cause?: { body?: { active?: unknown } } }
  const active = cause?.body?.active
  return codeOf(error) === 'OAUTH_INVALID_RESPONSE' && active !== undefined && active !== null
}
