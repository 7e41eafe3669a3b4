import type { Secret } from '@clew/config'
import * as security from '@clew/security'
import { z } from 'zod'

/** The API key records that `security.issueApiKey` returns: they hold hashes, no secrets. */
export const ApiKeys = z.array(
  z.object({ id: z.string(), hash: z.string(), owner: z.string(), createdAt: z.string() }),
)

export type Access = ReturnType<typeof createAccess>

/** The security schemes, and the API with the default policy for methods that declare none. */
export function createAccess(cfg: {
  readonly issuerUrl: URL
  readonly audience: string
  readonly apiKeys: readonly security.ApiKeyRecord[]
  readonly reportsPasswordHash: Secret<string>
}) {
  const jwt = security.jwt('jwt', {
    issuers: [
      {
        issuer: cfg.issuerUrl.origin,
        audience: cfg.audience,
        jwks: { uri: new URL('/.well-known/jwks.json', cfg.issuerUrl) },
      },
    ],
    scopes: {
      'api:read': 'Read orders',
      'api:write': 'Create orders',
      'api:admin': 'Read statistics',
    },
  })
  const key = security.apiKey('api_key', { name: 'X-Api-Key', keys: cfg.apiKeys })
  const basic = security.basic('basic', {
    users: { reports: cfg.reportsPasswordHash.reveal() },
  })
  const api = security.create({ default: jwt.scopes('api:read') })
  return { api, jwt, key, basic }
}
