import type { Check } from '../../options.ts'
import { createRemoteClient, type DispatcherLike, type RemoteClient } from './client.ts'

/** How another server is asked. */
export interface RemoteOptions {
  /**
   * Allow http for other hosts than loopback: whoever controls that network can forge answers.
   *
   * @defaultValue false
   */
  readonly allowHttp?: boolean
  /**
   * Deadline of a whole request, in milliseconds (integer, 10 to 60_000).
   *
   * @defaultValue 5_000
   */
  readonly timeoutMs?: number
  /** Longest document, in bytes (integer, 1_024 to 16_777_216). @defaultValue 262_144 */
  readonly maxBytes?: number
  /**
   * Sends the requests: a `Dispatcher` of undici, for a proxy (`ProxyAgent`) or a private CA
   * (`new Agent({ connect: { ca } })`). It is not closed.
   *
   * @defaultValue an agent of its own
   */
  readonly dispatcher?: DispatcherLike
}

export const remoteNames = ['allowHttp', 'timeoutMs', 'maxBytes', 'dispatcher'] as const

/** Whom to ask, and how. */
export interface Remote {
  readonly client: RemoteClient
  readonly allowHttp: boolean
  readonly timeoutMs: number
}

/**
 * @param path - of the options, such as `issuers[0].jwks`
 * @param connections - to one host
 */
export function remoteOption(
  check: Check,
  path: string,
  options: RemoteOptions,
  connections: number,
): Remote {
  const { allowHttp = false, timeoutMs = 5_000, maxBytes = 262_144, dispatcher } = options
  check.boolean(`${path}.allowHttp`, allowHttp)
  check.integer(`${path}.timeoutMs`, timeoutMs, { min: 10, max: 60_000 })
  check.integer(`${path}.maxBytes`, maxBytes, { min: 1_024, max: 16_777_216 })
  if (dispatcher !== undefined && typeof dispatcher?.dispatch !== 'function') {
    throw check.error(`${path}.dispatcher`, 'a Dispatcher of undici', dispatcher)
  }
  const client = createRemoteClient({ timeoutMs, maxBytes, connections }, dispatcher)
  return { client, allowHttp, timeoutMs }
}

export function urlOption(check: Check, option: string, value: unknown, allowHttp: boolean): URL {
  const text = String(value)
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url && isAllowed(url, allowHttp)) return url
  const expected = 'an https URL without credentials (http for loopback, or with allowHttp)'
  throw check.error(option, expected, url ? `${url.protocol}//${url.host}` : value)
}

/** https, or http that nobody else can read, or that is allowed; without credentials. */
export function isAllowed(url: URL, allowHttp: boolean): boolean {
  if (url.username !== '' || url.password !== '') return false
  const isLocal = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname)
  return url.protocol === 'https:' || (url.protocol === 'http:' && (isLocal || allowHttp))
}
