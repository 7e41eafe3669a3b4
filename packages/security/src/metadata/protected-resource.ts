import { isIP } from 'node:net'
import { isLoopback } from '@clew/internal/network/address'
import type { Handler } from '@clew/internal/requests/middleware'
import type { Check } from '../options.ts'

/** What clients may know of a resource that needs tokens (RFC 9728). */
export interface ProtectedResourceOptions {
  /** Its identifier: an https URL without a fragment; http on loopback. */
  readonly resource: string
  /** The issuers of its tokens (RFC 8414): https URLs without query and fragment. */
  readonly authorizationServers: readonly string[]
  /** For people. @defaultValue none */
  readonly name?: string
  /** A page for developers: an https URL. @defaultValue none */
  readonly documentation?: string
}

/** The metadata of a resource, and where they belong. */
export interface ProtectedResource {
  /** `/.well-known/oauth-protected-resource`, with the path of the resource behind it. */
  readonly path: string
  /** The whole URL, as challenges name it. */
  readonly url: string
  readonly metadata: Readonly<Record<string, unknown>>
}

const names = ['resource', 'authorizationServers', 'name', 'documentation'] as const

/** Reads the option `protectedResource`. */
export function protectedResourceOption(
  check: Check,
  value: ProtectedResourceOptions | undefined,
): ProtectedResource | undefined {
  if (value === undefined) return undefined
  const given = check.options('protectedResource', check.object('protectedResource', value), names)
  const { authorizationServers, name, documentation } = given
  const { origin, pathname, search } = urlOption(check, 'resource', given.resource, /#/)
  if (!Array.isArray(authorizationServers) || authorizationServers.length === 0) {
    const expected = 'an array with at least one issuer'
    throw check.error('protectedResource.authorizationServers', expected, authorizationServers)
  }
  for (const [index, issuer] of authorizationServers.entries()) {
    urlOption(check, `authorizationServers[${index}]`, issuer, /[?#]/)
  }
  if (name !== undefined) check.string('protectedResource.name', name)
  if (documentation !== undefined) urlOption(check, 'documentation', documentation)
  const path = `/.well-known/oauth-protected-resource${pathname === '/' ? '' : pathname}`
  return {
    path,
    url: `${origin}${path}${search}`,
    metadata: {
      resource: given.resource,
      authorization_servers: [...authorizationServers],
      bearer_methods_supported: ['header'],
      ...(name === undefined ? {} : { resource_name: name }),
      ...(documentation === undefined ? {} : { resource_documentation: documentation }),
    },
  }
}

function urlOption(check: Check, option: string, value: unknown, refused = /^$/): URL {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined
  const isLocal = url?.protocol === 'http:' && isLocalHost(url.hostname)
  const isSecure = url?.protocol === 'https:' || isLocal
  // Such a quote would end the value in a challenge.
  if (url && isSecure && !refused.test(String(value)) && !/["\\\s]/.test(String(value))) return url
  throw check.error(`protectedResource.${option}`, 'an https URL (http on loopback)', value)
}

function isLocalHost(name: string): boolean {
  const address = name.replace(/^\[|\]$/g, '')
  return name === 'localhost' || (isIP(address) !== 0 && isLoopback(address))
}

/** Sends the metadata. `scopes`: all that a token may have. */
export function metadataHandler(
  { metadata }: ProtectedResource,
  scopes: () => readonly string[],
): Handler {
  return (req, res) => {
    if (req.method !== 'GET' && req.method !== 'HEAD') {
      res.writeHead(405, { Allow: 'GET, HEAD' }).end()
      return
    }
    const supported = scopes()
    const body = JSON.stringify({
      ...metadata,
      ...(supported.length > 0 ? { scopes_supported: supported } : {}),
    })
    res.writeHead(200, {
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(body),
      'Cache-Control': 'public, max-age=3600',
      // For clients in browsers, which have nothing but this to start with.
      'Access-Control-Allow-Origin': '*',
    })
    res.end(req.method === 'HEAD' ? undefined : body)
  }
}

/** Names the metadata in the challenges of tokens (RFC 9728, section 5.1). */
export function withMetadata(
  challenges: readonly string[],
  resource: ProtectedResource | undefined,
): readonly string[] {
  if (resource === undefined) return challenges
  return challenges.map((challenge) =>
    /^(Bearer|DPoP) /.test(challenge)
      ? `${challenge}, resource_metadata="${resource.url}"`
      : challenge,
  )
}
