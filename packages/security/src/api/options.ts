import { type FailureLimitOptions, type FailureLimits, failuresOption } from '../limits/options.ts'
import {
  type RateLimitOptions,
  type RateLimits,
  rateLimitOption,
} from '../limits/rate-limit-options.ts'
import {
  type ProtectedResource,
  type ProtectedResourceOptions,
  protectedResourceOption,
} from '../metadata/protected-resource.ts'
import { nameOption, optionCheck } from '../options.ts'
import { checkPolicy, type Policy } from '../policy/policy.ts'
import type { RequestLike } from '../policy/request.ts'
import { type Peer, peersOption } from '../requests/peer.ts'
import { type HstsOptions, hstsOption } from '../transport/hsts.ts'
import { originsOption } from '../transport/origins.ts'

/** @typeParam D - the default policy */
export interface SecurityOptions<D extends Policy = Policy> {
  /** The policy of every method that has none of its own, and whose service has none. */
  readonly default: D
  /**
   * Name of the service whose methods are declared on the API itself; in logs, spans and metrics.
   *
   * @defaultValue none
   */
  readonly service?: string
  /**
   * `'required'`: a policy that asks for a credential answers 403 to requests without TLS. A
   * connection from this machine without signs of a proxy needs none.
   *
   * @defaultValue `'required'`
   */
  readonly https?: 'required' | 'off'
  /**
   * Proxies whose X-Forwarded-For, X-Forwarded-Proto and Forwarded (RFC 7239) count: IP addresses,
   * CIDR ranges, and `'unix'` for Unix domain sockets.
   *
   * @defaultValue none
   */
  readonly trustedProxies?: readonly string[]
  /**
   * Origins whose pages may use cookies as credentials, beside those of the service itself:
   * `https://app.example`. Those of all others are refused where a request changes something, and
   * where it opens a WebSocket.
   *
   * @defaultValue none
   */
  readonly trustedOrigins?: readonly string[]
  /**
   * Strict-Transport-Security (RFC 6797) in the responses behind guards to what came over TLS; true
   * for its defaults. It holds for the whole host, so that it is off until you say so.
   *
   * @defaultValue false
   */
  readonly hsts?: HstsOptions | boolean
  /** When a client has failed too often; false: never. @defaultValue 30 failures a minute */
  readonly failures?: FailureLimitOptions | false
  /**
   * How many requests each credential may make, over all methods that have no limit of their own:
   * an API key, a user of Basic, a subject of an issuer. Beyond that the response is 429.
   *
   * @defaultValue no limit
   */
  readonly rateLimit?: RateLimitOptions
  /**
   * What clients may know of the tokens that are needed (RFC 9728): challenges name the metadata,
   * which `api.resourceMetadata()` serves.
   *
   * @defaultValue none
   */
  readonly protectedResource?: ProtectedResourceOptions
}

/** The options of an API, checked. */
export interface Settings {
  readonly defaultPolicy: Policy
  readonly service: string | undefined
  readonly requiresHttps: boolean
  readonly trustedProxies: readonly string[]
  readonly peerOf: (req: RequestLike) => Peer
  readonly trustedOrigins: ReadonlySet<string>
  /** The value of Strict-Transport-Security; undefined: none. */
  readonly hsts: string | undefined
  /** Undefined: nobody is ever blocked. */
  readonly failureLimits: FailureLimits | undefined
  readonly rateLimits: RateLimits | undefined
  readonly resource: ProtectedResource | undefined
}

const names = [
  'default',
  'service',
  'https',
  'trustedProxies',
  'trustedOrigins',
  'hsts',
  'failures',
  'rateLimit',
  'protectedResource',
] as const

export function readOptions(options: SecurityOptions): Settings {
  const check = optionCheck('security.create')
  const {
    default: defaultPolicy,
    service,
    https = 'required',
    trustedProxies = [],
    trustedOrigins = [],
    hsts = false,
    failures,
    rateLimit,
    protectedResource,
  } = check.options('options', options, names)
  checkPolicy('security.create: default', defaultPolicy)
  return {
    defaultPolicy,
    service: service === undefined ? undefined : nameOption(check, 'service', service),
    requiresHttps: check.oneOf('https', https, ['required', 'off']) === 'required',
    peerOf: peersOption(check, trustedProxies),
    trustedProxies: [...trustedProxies],
    trustedOrigins: originsOption(check, trustedOrigins),
    hsts: hstsOption(check, hsts),
    failureLimits: failuresOption(check, failures),
    rateLimits: rateLimitOption(check, rateLimit),
    resource: protectedResourceOption(check, protectedResource),
  }
}
