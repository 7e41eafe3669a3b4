import type { Reporter } from '@clew/internal/reports/reporter'
import { type Check, requireOneOf } from '../../options.ts'
import { createDiscovery, endpointOf } from '../remote/discovery.ts'
import {
  type Remote,
  type RemoteOptions,
  remoteNames,
  remoteOption,
  urlOption,
} from '../remote/remote-options.ts'
import { createCachedKeys } from './cached-keys.ts'
import type { KeySource } from './key-source.ts'

/** Where an issuer publishes its keys (RFC 7517), and how they are fetched. */
export interface RemoteKeysOptions extends RemoteOptions {
  /** https; http only for loopback, or with `allowHttp`. Either this or `discover`. */
  readonly uri?: string | URL
  /**
   * Take the address from the metadata of the issuer (OpenID Connect Discovery, RFC 8414), which are
   * read again with each fetch. `issuer` must be an https URL.
   *
   * @defaultValue false
   */
  readonly discover?: true
  /**
   * Keys are fetched again after this time, in milliseconds (integer, 1_000 to 86_400_000).
   *
   * @defaultValue 600_000
   */
  readonly maxAgeMs?: number
  /**
   * While the issuer cannot be reached, keys are used for this much longer, in milliseconds
   * (integer, 0 to 604_800_000).
   *
   * @defaultValue 21_600_000 (6 hours)
   */
  readonly maxStaleMs?: number
  /**
   * Shortest time between two fetches, including failed ones, in milliseconds (integer, 100 to
   * 3_600_000).
   *
   * @defaultValue 30_000
   */
  readonly cooldownMs?: number
}

export const remoteKeysNames: readonly (keyof RemoteKeysOptions)[] = [
  'uri',
  'discover',
  'maxAgeMs',
  'maxStaleMs',
  'cooldownMs',
  ...remoteNames,
]

interface Context {
  readonly check: Check
  /** The public function whose option it is: `security.jwt`. */
  readonly caller: string
  /** Of the option, such as `issuers[0].jwks`. */
  readonly path: string
  readonly issuer: string
  readonly reporter: Reporter
}

/** Reads the option `jwks` of an issuer that publishes its keys. */
export function remoteKeysOption(
  options: Partial<RemoteKeysOptions>,
  { check, caller, path, issuer, reporter }: Context,
): KeySource {
  const { maxAgeMs = 600_000, maxStaleMs = 21_600_000, cooldownMs = 30_000 } = options
  requireOneOf(`${caller}: ${path}`, options, ['uri', 'discover'])
  if (options.discover !== undefined && options.discover !== true) {
    throw check.error(`${path}.discover`, 'true, or left out', options.discover)
  }
  const remote = remoteOption(check, path, options, 1)
  const { allowHttp, client } = remote
  const uri =
    options.uri === undefined
      ? urlOption(check, `${path.replace(/\.jwks$/, '')}.issuer`, issuer, allowHttp)
      : urlOption(check, `${path}.uri`, options.uri, allowHttp)
  check.integer(`${path}.maxAgeMs`, maxAgeMs, { min: 1_000, max: 86_400_000 })
  check.integer(`${path}.maxStaleMs`, maxStaleMs, { min: 0, max: 604_800_000 })
  check.integer(`${path}.cooldownMs`, cooldownMs, { min: 100, max: 3_600_000 })
  const download = {
    fetch: options.uri === undefined ? fetchDiscovered(issuer, remote) : () => get(uri, remote),
    close: () => client.close(),
  }
  return createCachedKeys({ uri, maxAgeMs, maxStaleMs, cooldownMs, download }, reporter)
}

const fetchDiscovered = (issuer: string, remote: Remote): (() => Promise<string>) => {
  const discovery = createDiscovery(issuer, remote)
  return async () =>
    get(endpointOf(await discovery.metadata(), 'jwks_uri', remote.allowHttp), remote)
}

async function get(uri: URL, { client }: Remote): Promise<string> {
  const accept = 'application/jwk-set+json, application/json'
  const { status, text } = await client.request(uri, { headers: { accept } })
  if (status !== 200) throw new Error(`status ${status}`)
  return text
}
