import { optionCheck } from '../errors.ts'
import { cancelledError, exclusively, wait } from '../inspector/capture.ts'
import {
  type HeapSamples,
  intervalBytes,
  readSampler,
  retainSampler,
  takeSampler,
} from '../inspector/heap-sampler.ts'
import { heapStacks } from './heap-stacks.ts'
import { encode } from './pprof.ts'
import { checkSeconds, checkSignal, topCount } from './profile-options.ts'
import { shares } from './stacks.ts'

/** What to take. */
export interface HeapProfileOptions {
  /**
   * Counts only what is allocated from now on, for so many seconds (0.01 to 3600). Required with
   * `collected`, and while no sampler runs.
   *
   * @defaultValue everything sampled since the sampler was started, without waiting
   */
  readonly seconds?: number | undefined
  /**
   * Also counts what is garbage collected meanwhile: Go's `allocs`. V8 has one sampler, so what it
   * had gathered for live profiles is lost, and it is restarted afterwards. @defaultValue false
   */
  readonly collected?: boolean | undefined
  /** Ends it early: the promise rejects with `ERR_DEBUG_CANCELLED`. @defaultValue none */
  readonly signal?: AbortSignal | undefined
}

/** What one function allocated. */
export interface HeapFunction {
  readonly function: string
  /** A path, a `node:` module, or `(native)`. */
  readonly file: string
  /** Where the function begins; 0 if unknown. */
  readonly line: number
  /** Bytes that the function itself allocated. */
  readonly selfBytes: number
  /** `selfBytes` as a percentage of the whole profile. */
  readonly selfPercent: number
  /** Bytes that the function, and what it called, allocated. */
  readonly totalBytes: number
  readonly totalPercent: number
}

/** Which functions allocated the memory. Estimated from one sample for about 512 KiB. */
export interface HeapProfile {
  /** Since when allocations were sampled. */
  readonly startedAt: Date
  readonly durationMs: number
  readonly totalBytes: number
  /** The profile as a gzipped pprof file: for `go tool pprof`, Pyroscope, Parca. */
  readonly pprof: Uint8Array
  /**
   * The functions that allocated the most by themselves, the largest first.
   *
   * @defaultValue 10 of them
   */
  top(count?: number): readonly HeapFunction[]
}

/**
 * Takes a heap profile: which functions allocated the memory that is alive now. Reading it takes
 * milliseconds; it is not a snapshot.
 *
 * @throws DebugError `ERR_DEBUG_NO_SAMPLER` (no console keeps the sampler running: set `seconds`),
 * `ERR_DEBUG_BUSY`, `ERR_DEBUG_CANCELLED`, `ERR_DEBUG_UNAVAILABLE`; TypeError `ERR_DEBUG_OPTION`
 */
export async function heapProfile(options?: HeapProfileOptions): Promise<HeapProfile> {
  const { seconds, collected, signal } = checked(options)
  if (signal?.aborted) throw cancelledError(signal)

  const { profile, since, until, after } = await sampleHeap(seconds, collected, signal)
  const samples = profile.samples.filter(({ ordinal }) => ordinal > after)
  const stacks = await heapStacks(profile.head, samples)
  const durationMs = until - since
  const totalBytes = stacks.reduce((sum, { amount }) => sum + amount, 0)
  const percent = (bytes: number) => (totalBytes === 0 ? 0 : (bytes / totalBytes) * 100)
  const pprof = await encode(stacks, {
    types: [
      ['samples', 'count'],
      [collected ? 'alloc_space' : 'inuse_space', 'bytes'],
    ],
    periodType: ['space', 'bytes'],
    period: intervalBytes,
    startedAtMs: since,
    durationMs,
  })
  return {
    startedAt: new Date(since),
    durationMs,
    totalBytes,
    pprof,
    top: (count) =>
      shares(stacks)
        .slice(0, topCount(count))
        .map(({ place, self, total }) => ({
          function: place.name,
          file: place.file,
          line: place.line,
          selfBytes: self,
          selfPercent: percent(self),
          totalBytes: total,
          totalPercent: percent(total),
        })),
  }
}

function checked(options: HeapProfileOptions | undefined) {
  const check = optionCheck('debug.heapProfile')
  const given = check.options('options', options, ['seconds', 'collected', 'signal'])
  const { seconds, collected = false, signal } = given
  check.boolean('collected', collected)
  if (seconds !== undefined) checkSeconds(check, seconds)
  else if (collected) {
    throw check.error('seconds', 'a number from 0.01 to 3600 if collected is true', seconds)
  }
  checkSignal(check, signal)
  return { seconds, collected, signal }
}

interface HeapSamplesUntil extends HeapSamples {
  readonly until: number
  /** Samples up to this ordinal are older than the profile. */
  readonly after: number
}

async function sampleHeap(
  seconds: number | undefined,
  collected: boolean,
  signal: AbortSignal | undefined,
): Promise<HeapSamplesUntil> {
  if (seconds === undefined) {
    return { ...(await readSampler()), until: Date.now(), after: Number.NEGATIVE_INFINITY }
  }
  return exclusively(collected ? 'an allocation profile' : 'a heap profile', async () => {
    if (collected) {
      const samples = await takeSampler(() => wait(seconds * 1000, signal))
      return { ...samples, until: Date.now(), after: Number.NEGATIVE_INFINITY }
    }
    const sampler = retainSampler()
    try {
      await sampler.started
      const before = await readSampler()
      const since = Date.now()
      const after = before.profile.samples.reduce((max, s) => Math.max(max, s.ordinal), -1)
      await wait(seconds * 1000, signal)
      const { profile } = await readSampler()
      return { profile, since, until: Date.now(), after }
    } finally {
      await sampler.release()
    }
  })
}
