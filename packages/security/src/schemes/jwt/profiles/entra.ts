import { optionCheck } from '../../../options.ts'
import type { ClaimPath } from '../../token/claims.ts'
import { namedOption } from '../../token/token-options.ts'
import type { JwtIssuer } from '../issuer-options.ts'
import { keysOf, type ProfileKeys } from './profile.ts'

export interface EntraOptions {
  /** The ids of the tenants whose users and applications may come: GUIDs. */
  readonly tenants: readonly string[]
  /** The id of the application (GUID), its URI (`api://…`), or both. */
  readonly audience: string | readonly string[]
  /** Ids of the client applications that may come. @defaultValue all that got a token */
  readonly clients?: string | readonly string[]
  /**
   * The versions of tokens: `accessTokenAcceptedVersion` in the manifest of the application.
   *
   * @defaultValue `[1, 2]`
   */
  readonly versions?: readonly (1 | 2)[]
  /** Claims with roles: also `groups` and `wids`. @defaultValue `['roles']` */
  readonly roleClaims?: readonly ClaimPath[]
  /** How the keys are fetched. @defaultValue from login.microsoftonline.com, for each tenant */
  readonly jwks?: ProfileKeys
}

const names = ['tenants', 'audience', 'clients', 'versions', 'roleClaims', 'jwks'] as const
const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** What tells the versions apart: where `iss` leads, and the claim that names the client. */
const forms = {
  1: { issuer: (tenant: string) => `https://sts.windows.net/${tenant}/`, client: 'appid' },
  2: {
    issuer: (tenant: string) => `https://login.microsoftonline.com/${tenant}/v2.0`,
    client: 'azp',
  },
} as const

/**
 * Access tokens of Microsoft Entra ID (Azure AD): an issuer for each tenant and version. Scopes are
 * those that a user has granted (`scp`), roles those of the application (`roles`).
 *
 * @throws TypeError `ERR_SECURITY_OPTION`
 */
export function entra(options: EntraOptions): readonly JwtIssuer[] {
  const check = optionCheck('security.entra')
  const given = check.options('options', options, names)
  const { tenants, audience, clients, versions = [1, 2], roleClaims, jwks } = given
  for (const [index, tenant] of check.strings('tenants', tenants).entries()) {
    // `common` and `organizations` would be everybody who has an account anywhere.
    if (!guid.test(tenant)) {
      throw check.error(`tenants[${index}]`, 'the id of a tenant, a GUID in lower case', tenant)
    }
  }
  if (tenants?.length === 0) throw check.error('tenants', 'an array of at least one id', tenants)
  if (!Array.isArray(versions) || !versions.every((each) => each === 1 || each === 2)) {
    throw check.error('versions', 'an array of 1, 2 or both', versions)
  }
  return (tenants as readonly string[]).flatMap((tenant) =>
    versions.map((version: 1 | 2): JwtIssuer => {
      const { issuer, client } = forms[version]
      return {
        issuer: issuer(tenant),
        audience: namedOption(check, 'audience', audience),
        ...(clients === undefined ? {} : { clients }),
        algorithms: ['RS256'],
        // ID tokens do not name the client so.
        requiredClaims: [client],
        claims: { tid: tenant, ver: `${version}.0` },
        scopeClaims: ['scp'],
        ...(roleClaims === undefined ? {} : { roleClaims }),
        jwks: keysOf(
          { uri: `https://login.microsoftonline.com/${tenant}/discovery/v2.0/keys` },
          jwks,
        ),
      }
    }),
  )
}
