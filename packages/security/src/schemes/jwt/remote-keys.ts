import type { Reporter } from '@clew/internal/reports/reporter'
import type { Check } from '../../options.ts'
import { createCachedKeys } from './cached-keys.ts'
import { createDownload } from './download.ts'
import type { KeySource } from './key-source.ts'

/** Where an issuer publishes its keys (RFC 7517), and how they are fetched. */
export interface RemoteKeysOptions {
  /** https; http only for loopback, or with `allowHttp`. */
  readonly uri: string | URL
  /**
   * Allow http for other hosts than loopback: whoever controls that network can forge tokens.
   *
   * @defaultValue false
   */
  readonly allowHttp?: boolean
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
  /**
   * Deadline of a whole fetch, in milliseconds (integer, 10 to 60_000).
   *
   * @defaultValue 5_000
   */
  readonly timeoutMs?: number
  /** Longest document, in bytes (integer, 1_024 to 16_777_216). @defaultValue 262_144 */
  readonly maxBytes?: number
}

export const remoteKeysNames = [
  'uri',
  'allowHttp',
  'maxAgeMs',
  'maxStaleMs',
  'cooldownMs',
  'timeoutMs',
  'maxBytes',
] as const

/**
 * Reads the option `jwks` of an issuer that publishes its keys.
 *
 * @param path - of the option, such as `issuers[0].jwks`
 */
export function remoteKeysOption(
  check: Check,
  path: string,
  options: Partial<RemoteKeysOptions>,
  reporter: Reporter,
): KeySource {
  const { allowHttp = false, maxAgeMs = 600_000, maxStaleMs = 21_600_000 } = options
  const { cooldownMs = 30_000, timeoutMs = 5_000, maxBytes = 262_144 } = options
  check.boolean(`${path}.allowHttp`, allowHttp)
  const uri = uriOption(check, `${path}.uri`, options.uri, allowHttp)
  check.integer(`${path}.maxAgeMs`, maxAgeMs, { min: 1_000, max: 86_400_000 })
  check.integer(`${path}.maxStaleMs`, maxStaleMs, { min: 0, max: 604_800_000 })
  check.integer(`${path}.cooldownMs`, cooldownMs, { min: 100, max: 3_600_000 })
  check.integer(`${path}.timeoutMs`, timeoutMs, { min: 10, max: 60_000 })
  check.integer(`${path}.maxBytes`, maxBytes, { min: 1_024, max: 16_777_216 })
  const download = createDownload(uri, { timeoutMs, maxBytes })
  return createCachedKeys({ uri, maxAgeMs, maxStaleMs, cooldownMs, download }, reporter)
}

function uriOption(check: Check, option: string, uri: unknown, allowHttp: boolean): URL {
  const text = String(uri)
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isLocal = url !== undefined && /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname)
  if (
    url?.username === '' &&
    (url.protocol === 'https:' || (url.protocol === 'http:' && (isLocal || allowHttp)))
  ) {
    return url
  }
  const expected = 'an https URL without credentials (http for loopback, or with allowHttp)'
  throw check.error(option, expected, url ? `${url.protocol}//${url.host}` : uri)
}
