import type { Agent } from 'undici'
import { integer, shown } from './check.ts'
import { mistake, SecurityError } from './errors.ts'
import { cleanKeys, type Jwk } from './key-hygiene.ts'
import { plain, type Reporter } from './report.ts'
import type { MaybePromise } from './scheme.ts'

/** Where an issuer publishes its keys (RFC 7517), and how they are fetched. */
export interface RemoteKeysOptions {
  /** https; http only for loopback, or with `allowHttp`. */
  readonly uri: string | URL
  /** Allow http for other hosts than loopback: whoever sits on that network can forge tokens. @defaultValue false */
  readonly allowHttp?: boolean
  /** Keys are fetched again after this time, in milliseconds (integer, 1_000 to 86_400_000). @defaultValue 600_000 */
  readonly maxAgeMs?: number
  /** While the issuer cannot be reached, keys count for this much longer, in milliseconds (integer, 0 to 604_800_000). @defaultValue 21_600_000 (6 hours) */
  readonly maxStaleMs?: number
  /** Shortest time between two fetches, also failed ones, in milliseconds (integer, 100 to 3_600_000). @defaultValue 30_000 */
  readonly cooldownMs?: number
  /** Longest fetch as a whole, in milliseconds (integer, 10 to 60_000). @defaultValue 5_000 */
  readonly timeoutMs?: number
  /** Longest document, in bytes (integer, 1_024 to 16_777_216). @defaultValue 262_144 */
  readonly maxBytes?: number
}

/** The keys of one issuer at one time. */
export interface KeyGeneration {
  /** Changes when the keys do. */
  readonly generation: number
  readonly keys: readonly Jwk[]
}

export interface KeySource {
  /** The keys that count now. Rejects with `ERR_SECURITY_KEYS` if there are none. */
  current(): MaybePromise<KeyGeneration>
  /** After a token named a key that is not there: what may be newer keys, at most once per cooldown. */
  newer(than: KeyGeneration): MaybePromise<KeyGeneration>
  /** The number of the keys that count now; 0 when `current` has to be asked. Nobody waits, but keys are fetched ahead of time. */
  readonly generation: number
  shutdown(): Promise<void>
}

/** For an issuer with a shared secret. */
export const noKeys: KeySource = {
  current: () => ({ generation: 1, keys: [] }),
  newer: (than) => than,
  generation: 1,
  shutdown: () => Promise.resolve(),
}

/** Keys given in the configuration. */
export function fixedKeys(keys: readonly unknown[]): KeySource {
  let only: KeyGeneration
  try {
    const clean = cleanKeys({ keys })
    if (clean.skipped.length > 0) throw new Error(clean.skipped.join('; '))
    only = { generation: 1, keys: clean.keys }
  } catch (error) {
    throw mistake(
      'ERR_SECURITY_OPTION',
      `jwks.keys must hold public keys for signatures: ${(error as Error).message}`,
    )
  }
  return {
    current: () => only,
    newer: () => only,
    generation: 1,
    shutdown: () => Promise.resolve(),
  }
}

/**
 * Keys that an issuer publishes. One fetch at a time, no more than one per cooldown whether it fails or not, so that tokens
 * with made-up key ids cost the issuer nothing; stale keys count for a bounded time; a bad document changes nothing.
 */
export function remoteKeys(
  options: RemoteKeysOptions,
  reporter: Reporter,
  now: () => number = () => performance.now(),
): KeySource {
  const uri = keyUri(options)
  const maxAgeMs = integer('jwks.maxAgeMs', options.maxAgeMs ?? 600_000, 1_000, 86_400_000)
  const maxStaleMs = integer('jwks.maxStaleMs', options.maxStaleMs ?? 21_600_000, 0, 604_800_000)
  const cooldownMs = integer('jwks.cooldownMs', options.cooldownMs ?? 30_000, 100, 3_600_000)
  const timeoutMs = integer('jwks.timeoutMs', options.timeoutMs ?? 5_000, 10, 60_000)
  const maxBytes = integer('jwks.maxBytes', options.maxBytes ?? 262_144, 1_024, 16_777_216)

  let set: KeyGeneration | undefined
  let fetchedMs = Number.NEGATIVE_INFINITY
  let claimedMs = Number.NEGATIVE_INFINITY
  let failed: Error | undefined
  let running: Promise<void> | undefined
  let agent: Agent | undefined
  let closed = false

  /** Undefined: not now. Never rejects. */
  function refresh(): Promise<void> | undefined {
    if (running) return running
    if (closed || now() - claimedMs < cooldownMs) return undefined
    claimedMs = now()
    running = load()
      .then(accept)
      .catch(fail)
      .finally(() => {
        running = undefined
      })
    return running
  }

  async function load(): Promise<string> {
    const undici = await import('undici')
    if (closed) throw new Error('shut down')
    agent ??= new undici.Agent({ connections: 1, pipelining: 1, connect: { timeout: timeoutMs } })
    // One deadline for everything: a slow drip of bytes keeps no single timer of the client waiting.
    const signal = AbortSignal.timeout(timeoutMs)
    // `request` follows no redirect: where keys come from is a decision of the configuration.
    const { statusCode, body } = await undici.request(uri, {
      dispatcher: agent,
      signal,
      headers: { accept: 'application/jwk-set+json, application/json' },
    })
    // Without a listener, an error after destroy() would end the process.
    body.on('error', () => {})
    if (statusCode !== 200) {
      body.destroy()
      throw new Error(`status ${statusCode}`)
    }
    const chunks: Buffer[] = []
    let length = 0
    for await (const chunk of body) {
      length += chunk.length
      if (length > maxBytes) {
        body.destroy()
        throw new Error(`longer than ${maxBytes} bytes`)
      }
      chunks.push(chunk)
    }
    return Buffer.concat(chunks).toString()
  }

  function accept(text: string): void {
    const clean = cleanKeys(JSON.parse(text))
    const changed = JSON.stringify(clean.keys) !== JSON.stringify(set?.keys)
    if (changed) set = { generation: (set?.generation ?? 0) + 1, keys: Object.freeze(clean.keys) }
    if (failed) say('keys_recovered', 'info', 'keys of the issuer can be fetched again')
    if (changed || clean.skipped.length > 0) {
      say(
        'keys_changed',
        clean.skipped.length > 0 ? 'warn' : 'info',
        'keys of the issuer fetched',
        {
          keys: clean.keys.length,
          skipped: plain(clean.skipped.join('; ')),
        },
      )
    }
    fetchedMs = now()
    failed = undefined
  }

  function fail(error: unknown): void {
    if (closed) return
    failed = error as Error
    say('keys_failed', 'error', 'keys of the issuer cannot be fetched', {
      error: plain((error as { code?: unknown }).code ?? (error as Error).message),
      stale: usable(),
    })
  }

  function say(
    type: string,
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

  const age = () => now() - fetchedMs
  const usable = () => set !== undefined && age() < maxAgeMs + maxStaleMs

  function orThrow(): KeyGeneration {
    if (set && usable()) return set
    throw new SecurityError('ERR_SECURITY_KEYS', `no keys from ${uri.origin}`, { cause: failed })
  }

  return {
    current() {
      if (set && age() < maxAgeMs) {
        // Ahead of time, so that nobody has to wait for it.
        if (age() > maxAgeMs * 0.8) void refresh()
        return set
      }
      const refreshing = refresh()
      return refreshing ? refreshing.then(orThrow) : orThrow()
    },
    newer(than) {
      if (set && set.generation !== than.generation) return set
      const refreshing = refresh()
      const answer = (): KeyGeneration => {
        // The key may be new, and we cannot know: that is no fault of the token.
        if (failed && set?.generation === than.generation) {
          throw new SecurityError('ERR_SECURITY_KEYS', `no newer keys from ${uri.origin}`, {
            cause: failed,
          })
        }
        return orThrow()
      }
      return refreshing ? refreshing.then(answer) : answer()
    },
    get generation() {
      if (!set) return 0
      if (age() > maxAgeMs * 0.8) void refresh()
      // Old keys are good enough only while newer ones cannot be had.
      return age() < maxAgeMs || (usable() && !running) ? set.generation : 0
    },
    async shutdown() {
      closed = true
      const ending = agent
      agent = undefined
      await ending?.destroy()
    },
  }
}

function keyUri({ uri, allowHttp = false }: RemoteKeysOptions): URL {
  const url = URL.canParse(String(uri)) ? new URL(String(uri)) : undefined
  const local = url !== undefined && /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname)
  if (
    url?.username !== '' ||
    !(url.protocol === 'https:' || (url.protocol === 'http:' && (local || allowHttp)))
  ) {
    throw mistake(
      'ERR_SECURITY_OPTION',
      `jwks.uri must be an https URL without credentials (http for loopback, or with allowHttp), got ${url ? `${url.protocol}//${url.host}` : shown(uri)}`,
    )
  }
  return url
}
