import type { Check } from '../../options.ts'
import { type DpopOptions, type DpopSettings, dpopOption } from './sender/dpop-options.ts'
import type { TokenPrincipal } from './token-principal.ts'

/** What all schemes have whose credentials are tokens. */
export interface TokenSchemeOptions<S extends string = string, R extends string = string> {
  /** Scopes with their descriptions, for `.scopes(...)`. @defaultValue none */
  readonly scopes?: Readonly<Record<S, string>>
  /** Roles with their descriptions, for `.roles(...)`. @defaultValue none */
  readonly roles?: Readonly<Record<R, string>>
  /** In challenges. @defaultValue the name of the scheme */
  readonly realm?: string
  /** Longest token, in bytes (integer, 256 to 65_536). @defaultValue 8_192 */
  readonly maxTokenBytes?: number
  /**
   * Called for each request, also for a remembered token: true refuses it. If it throws, the
   * response is 503.
   *
   * @defaultValue none
   */
  readonly revoked?: (
    principal: TokenPrincipal,
    context: { readonly signal: AbortSignal },
  ) => boolean | Promise<boolean>
  /**
   * Longest call of `revoked`, in milliseconds, before the response is 503 (integer, 10 to 60_000).
   *
   * @defaultValue 1_000
   */
  readonly revokedTimeoutMs?: number
  /**
   * Accept tokens that are bound to a key of the client (`cnf.jkt`), with a proof for each request
   * (DPoP, RFC 9449).
   *
   * @defaultValue they are refused
   */
  readonly dpop?: DpopOptions | true
  /**
   * Accept tokens that are bound to a client certificate (`cnf["x5t#S256"]`, RFC 8705), over a
   * connection with it. `'required'`: only those.
   *
   * @defaultValue they are refused
   */
  readonly mtls?: 'accepted' | 'required'
}

export const tokenSchemeNames = [
  'scopes',
  'roles',
  'realm',
  'maxTokenBytes',
  'revoked',
  'revokedTimeoutMs',
  'dpop',
  'mtls',
] as const

/** The same, checked. */
export interface TokenSettings {
  readonly maxTokenBytes: number
  readonly revoked: TokenSchemeOptions['revoked']
  readonly revokedTimeoutMs: number
  readonly dpop: DpopSettings | undefined
  readonly mtls: TokenSchemeOptions['mtls']
}

export function tokenSettings(check: Check, options: TokenSchemeOptions): TokenSettings {
  const { maxTokenBytes = 8_192, revoked, revokedTimeoutMs = 1_000, mtls } = options
  check.integer('maxTokenBytes', maxTokenBytes, { min: 256, max: 65_536 })
  check.function('revoked', revoked)
  check.integer('revokedTimeoutMs', revokedTimeoutMs, { min: 10, max: 60_000 })
  if (mtls !== undefined) check.oneOf('mtls', mtls, ['accepted', 'required'])
  return { maxTokenBytes, revoked, revokedTimeoutMs, dpop: dpopOption(check, options.dpop), mtls }
}
