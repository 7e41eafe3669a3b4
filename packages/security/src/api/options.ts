import { type FailureLimitOptions, type FailureLimits, failuresOption } from '../limits/options.ts'
import { nameOption, optionCheck } from '../options.ts'
import { checkPolicy, type Policy } from '../policy/policy.ts'
import type { RequestLike } from '../policy/request.ts'
import { type Peer, peersOption } from '../requests/peer.ts'

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
  /** When a client has failed too often; false: never. @defaultValue 30 failures a minute */
  readonly failures?: FailureLimitOptions | false
}

/** The options of an API, checked. */
export interface Settings {
  readonly defaultPolicy: Policy
  readonly service: string | undefined
  readonly requiresHttps: boolean
  readonly trustedProxies: readonly string[]
  readonly peerOf: (req: RequestLike) => Peer
  /** Undefined: nobody is ever blocked. */
  readonly failureLimits: FailureLimits | undefined
}

const names = ['default', 'service', 'https', 'trustedProxies', 'failures'] as const

export function readOptions(options: SecurityOptions): Settings {
  const check = optionCheck('security.create')
  const {
    default: defaultPolicy,
    service,
    https = 'required',
    trustedProxies = [],
    failures,
  } = check.options('options', options, names)
  checkPolicy('security.create: default', defaultPolicy)
  return {
    defaultPolicy,
    service: service === undefined ? undefined : nameOption(check, 'service', service),
    requiresHttps: check.oneOf('https', https, ['required', 'off']) === 'required',
    peerOf: peersOption(check, trustedProxies),
    trustedProxies: [...trustedProxies],
    failureLimits: failuresOption(check, failures),
  }
}
