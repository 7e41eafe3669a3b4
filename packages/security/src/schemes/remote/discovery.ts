import type { AuthorizationServer } from './oauth.ts'
import { oauthFetch } from './oauth-fetch.ts'
import { isAllowed, type Remote } from './remote-options.ts'

/** What an authorization server says of itself. */
export interface Discovery {
  /** Rejects if it cannot be had, or if another issuer says it. */
  metadata(): Promise<AuthorizationServer>
}

/**
 * Reads the metadata of an issuer: OpenID Connect Discovery, or RFC 8414 where there is none.
 *
 * @param issuer - a URL
 */
export function createDiscovery(issuer: string, { client }: Remote): Discovery {
  async function ask(algorithm: 'oidc' | 'oauth2'): Promise<AuthorizationServer> {
    const oauth = await import('./oauth.ts')
    const url = new URL(issuer)
    const response = await oauth.discoveryRequest(url, {
      algorithm,
      [oauth.customFetch]: oauthFetch(client),
      [oauth.allowInsecureRequests]: true,
    })
    const metadata = await oauth.processDiscoveryResponse(url, response)
    // RFC 8414, section 3.3: identical, not alike.
    if (metadata.issuer !== issuer) throw new Error('metadata of another issuer')
    return metadata
  }

  return {
    async metadata() {
      try {
        return await ask('oidc')
      } catch (error) {
        // What is said to be wrong with the first document is said, if there is no second one.
        return ask('oauth2').catch(() => Promise.reject(error))
      }
    },
  }
}

/**
 * An endpoint that metadata names.
 *
 * @throws Error if there is none, or if others could read what is sent to it
 */
export function endpointOf(
  metadata: AuthorizationServer,
  name: 'jwks_uri' | 'introspection_endpoint',
  allowHttp: boolean,
): URL {
  const value = metadata[name]
  if (typeof value !== 'string' || !URL.canParse(value)) throw new Error(`no ${name} in metadata`)
  const url = new URL(value)
  if (!isAllowed(url, allowHttp)) throw new Error(`${name} in metadata is no https URL`)
  return url
}
