import { codeOf } from '@clew/internal/errors/error'
import { reasonOf } from '@clew/internal/errors/reason'
import { visible } from '@clew/internal/errors/show'
import type { Reporter } from '@clew/internal/reports/reporter'
import type { Download } from './download.ts'
import { cleanKeys } from './key-set.ts'
import type { KeyGeneration, KeySource } from './key-source.ts'

const maxSkippedLength = 128

export interface CachedKeysOptions {
  readonly uri: URL
  readonly maxAgeMs: number
  readonly maxStaleMs: number
  readonly cooldownMs: number
  readonly download: Download
}

/**
 * Keys that an issuer publishes. One fetch at a time, and at most one per cooldown whether it fails
 * or not, so that tokens with made-up key ids cause no load at the issuer. Old keys are used for a
 * bounded time. A document without a usable key changes nothing.
 */
export function createCachedKeys(
  { uri, maxAgeMs, maxStaleMs, cooldownMs, download }: CachedKeysOptions,
  reporter: Reporter,
): KeySource {
  const now = () => performance.now()
  let set: KeyGeneration | undefined
  let fetchedMs = Number.NEGATIVE_INFINITY
  let startedMs = Number.NEGATIVE_INFINITY
  let failure: unknown
  let running: Promise<void> | undefined
  let isClosed = false

  /** Undefined during the cooldown and after the shutdown. Never rejects. */
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
    throw new Error(`no keys from ${uri.origin}`, { cause: failure })
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
          throw new Error(`no newer keys from ${uri.origin}`, { cause: failure })
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
