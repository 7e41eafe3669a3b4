import { codeOf } from '@clew/internal/errors/error'
import { reasonOf } from '@clew/internal/errors/reason'
import { visible } from '@clew/internal/errors/show'
import type { Reporter } from '@clew/internal/reports/reporter'
import { SecurityError } from '../../errors.ts'
import type { Check } from '../../options.ts'
import { createDownload, type Download } from './download.ts'
import { cleanKeys } from './key-set.ts'
import type { KeyGeneration, KeySource } from './key-source.ts'

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

const maxSkippedLength = 128

interface RemoteKeys {
  readonly uri: URL
  readonly maxAgeMs: number
  readonly maxStaleMs: number
  readonly cooldownMs: number
  readonly download: Download
}

/**
 * Keys that an issuer publishes.
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
  return createRemoteKeys({ uri, maxAgeMs, maxStaleMs, cooldownMs, download }, reporter)
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

/**
 * One fetch at a time, and at most one per cooldown whether it fails or not, so that tokens with
 * made-up key ids cause no load at the issuer. Old keys are used for a bounded time. A document
 * without a usable key changes nothing.
 */
function createRemoteKeys(
  { uri, maxAgeMs, maxStaleMs, cooldownMs, download }: RemoteKeys,
  reporter: Reporter,
): KeySource {
  const now = () => performance.now()
  let set: KeyGeneration | undefined
  let fetchedMs = Number.NEGATIVE_INFINITY
  let startedMs = Number.NEGATIVE_INFINITY
  let failure: unknown
  let running: Promise<void> | undefined
  let isClosed = false

  /** Undefined: not now. Never rejects. */
  function refresh(): Promise<void> | undefined {
    if (running) return running
    if (isClosed || now() - startedMs < cooldownMs) return undefined
    startedMs = now()
    running = download
      .fetch()
      .then(accept)
      .catch(fail)
      .finally(() => {
        running = undefined
      })
    return running
  }

  function accept(text: string): void {
    const clean = cleanKeys(JSON.parse(text))
    const hasChanged = JSON.stringify(clean.keys) !== JSON.stringify(set?.keys)
    if (hasChanged) {
      set = { generation: (set?.generation ?? 0) + 1, keys: Object.freeze(clean.keys) }
    }
    if (failure !== undefined) {
      report('keys_recovered', 'info', 'the keys of the issuer can be fetched again')
    }
    if (hasChanged || clean.skipped.length > 0) {
      const level = clean.skipped.length > 0 ? 'warn' : 'info'
      report('keys_changed', level, 'the keys of the issuer were fetched', {
        keys: clean.keys.length,
        skipped: clean.skipped.join('; ').slice(0, maxSkippedLength),
      })
    }
    fetchedMs = now()
    failure = undefined
  }

  function fail(error: unknown): void {
    if (isClosed) return
    failure = error ?? new Error('unknown')
    report('keys_failed', 'error', 'the keys of the issuer cannot be fetched', {
      error: visible(codeOf(error) ?? reasonOf(error)),
      stale: isUsable(),
    })
  }

  function report(
    type: 'keys_changed' | 'keys_failed' | 'keys_recovered',
    level: 'info' | 'warn' | 'error',
    message: string,
    fields?: Record<string, unknown>,
  ): void {
    reporter.report({
      type: `security.${type}`,
      level,
      message,
      fields: { uri: `${uri.origin}${uri.pathname}`, ...fields },
    })
  }

  const ageMs = () => now() - fetchedMs
  const isUsable = () => set !== undefined && ageMs() < maxAgeMs + maxStaleMs

  function orThrow(): KeyGeneration {
    if (set && isUsable()) return set
    throw new SecurityError('ERR_SECURITY_KEYS', `no keys from ${uri.origin}`, { cause: failure })
  }

  return {
    current() {
      if (set && ageMs() < maxAgeMs) {
        // Before they are too old, so that no request has to wait.
        if (ageMs() > maxAgeMs * 0.8) void refresh()
        return set
      }
      const refreshing = refresh()
      return refreshing ? refreshing.then(orThrow) : orThrow()
    },
    newer(than) {
      if (set && set.generation !== than.generation) return set
      const refreshing = refresh()
      const answer = (): KeyGeneration => {
        // The key may be new, which cannot be found out now: that is not the token's fault.
        if (failure !== undefined && set?.generation === than.generation) {
          throw new SecurityError('ERR_SECURITY_KEYS', `no newer keys from ${uri.origin}`, {
            cause: failure,
          })
        }
        return orThrow()
      }
      return refreshing ? refreshing.then(answer) : answer()
    },
    get generation() {
      if (!set) return 0
      if (ageMs() > maxAgeMs * 0.8) void refresh()
      // Old keys are good enough only while newer ones cannot be fetched.
      return ageMs() < maxAgeMs || (isUsable() && !running) ? set.generation : 0
    },
    async shutdown() {
      isClosed = true
      await download.close()
    },
  }
}
