import { codeOf } from '@clew/internal/errors/error'
import { reasonOf } from '@clew/internal/errors/reason'
import { visible } from '@clew/internal/errors/show'
import type { Reporter } from '@clew/internal/reports/reporter'
import { cleanKeys } from '../jws/key-set.ts'
import type { KeyGeneration, KeySource } from './key-source.ts'

const maxSkippedLength = 128

/** Where the document comes from. */
export interface Download {
  /** Rejects if there is none, and beyond the limits. */
  fetch(): Promise<string>
  close(): Promise<void>
}

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
  let failuresInARow = 0
  let reportedSkipped = ''
  let running: Promise<void> | undefined
  let isClosed = false

  /**
   * Between the starts of two fetches. An issuer that was down when it was first needed is asked
   * again after 1, 2, 4 … seconds: until then nobody gets in.
   */
  const pauseMs = (): number =>
    failuresInARow === 0 || isUsable()
      ? cooldownMs
      : Math.min(cooldownMs, 1_000 * 2 ** (failuresInARow - 1))

  /** Undefined during the cooldown and after the shutdown. Never rejects. */
  function refresh(): Promise<void> | undefined {
    if (running) return running
    if (isClosed || now() - startedMs < pauseMs()) return undefined
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
    // Each fault is said once, not with each fetch. Keys for encryption are no fault.
    const skipped = clean.skipped.join('; ').slice(0, maxSkippedLength)
    if (hasChanged || skipped !== reportedSkipped) {
      reportedSkipped = skipped
      report(
        'keys_changed',
        skipped === '' ? 'info' : 'warn',
        'the keys of the issuer were fetched',
        {
          keys: clean.keys.length,
          skipped,
        },
      )
    }
    fetchedMs = now()
    failure = undefined
    failuresInARow = 0
  }

  function fail(error: unknown): void {
    if (isClosed) return
    failure = error ?? new Error('unknown')
    failuresInARow++
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
      // While the issuer is down, an unknown key is unknown: anybody can make up its id.
      return refreshing ? refreshing.then(orThrow) : orThrow()
    },
    get generation() {
      if (!set) return 0
      if (ageMs() > maxAgeMs * 0.8) void refresh()
      // Old keys are good enough only while newer ones cannot be fetched.
      return ageMs() < maxAgeMs || (isUsable() && !running) ? set.generation : 0
    },
    get retryAfter() {
      const leftMs = running ? 1_000 : startedMs + pauseMs() - now()
      return Math.max(1, Math.ceil(leftMs / 1_000))
    },
    async shutdown() {
      isClosed = true
      await download.close()
    },
  }
}
