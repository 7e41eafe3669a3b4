import { DebugError, optionCheck } from '../errors.ts'
import { bounded, cancelledError, wait } from '../inspector/capture.ts'
import { type Age, intervalBytes, readSampler, retainSampler } from '../inspector/heap-sampler.ts'
import { processState } from '../inspector/process-state.ts'
import { addStacks, lastOrdinal, stacksOf, type V8Stack } from '../inspector/v8-heap-stacks.ts'
import { collapsed } from './collapsed.ts'
import { heapStacks } from './heap-stacks.ts'
import { encode } from './pprof.ts'
import { checkSeconds, checkSignal } from './profile-options.ts'
import { topShares } from './top-shares.ts'

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
   * Also counts what is garbage collected meanwhile: Go's `allocs`. V8 has one sampler, which is
   * restarted for it. What it had gathered stays part of later live profiles, as `keptBytes`, since
   * nobody knows what is freed of it. @defaultValue false
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
  /**
   * How much of `totalBytes` was sampled before an allocation profile restarted the sampler, and may
   * have been freed since.
   */
  readonly keptBytes: number
  /**
   * Bytes of Buffers, ArrayBuffers and what else V8 counts outside its heap, when the profile was
   * taken. V8 does not sample what allocated them.
   */
  readonly externalBytes: number
  /** Bytes of V8's heap that are in use, when the profile was taken. */
  readonly heapUsedBytes: number
  /** The profile as a gzipped pprof file: for `go tool pprof`, Pyroscope, Parca. */
  readonly pprof: Uint8Array
  /**
   * The functions that allocated the most by themselves, the largest first.
   *
   * @defaultValue 10 of them
   */
  top(count?: number): readonly HeapFunction[]
  /** One line for each stack, `a;b;c 4096`, with bytes: the input of flame graph tools. */
  collapsed(): string
}

/**
 * Takes a heap profile: which functions allocated the memory that is alive now. Reading it
 * forces a major collection, which takes about a second for each gigabyte that is alive; it is not
 * a snapshot. What asks at the same time shares one reading.
 *
 * @throws DebugError `ERR_DEBUG_NO_SAMPLER` (no console keeps the sampler running: set `seconds`),
 * `ERR_DEBUG_BUSY`, `ERR_DEBUG_CANCELLED`, `ERR_DEBUG_UNAVAILABLE`; TypeError `ERR_DEBUG_OPTION`
 */
export async function heapProfile(options?: HeapProfileOptions): Promise<HeapProfile> {
  return takeHeapProfile(options, 'now')
}

export async function takeHeapProfile(
  options: HeapProfileOptions | undefined,
  age: Age,
): Promise<HeapProfile> {
  const { seconds, collected, signal } = checked(options)
  if (signal?.aborted) throw cancelledError(signal)

  const sampled = await (seconds === undefined
    ? readHeap(age)
    : bounded(() => sampleFor(seconds, collected ? 'all' : 'live', signal)))
  const { since, until, keptBytes } = sampled
  const { external: externalBytes, heapUsed: heapUsedBytes } = process.memoryUsage()
  const stacks = await heapStacks(sampled.stacks)
  const durationMs = until - since
  const totalBytes = stacks.reduce((sum, { amount }) => sum + amount, 0)
  const comments = [
    `${externalBytes} bytes outside of V8's heap (Buffers, ArrayBuffers): not part of this profile`,
    `${heapUsedBytes} bytes of V8's heap in use`,
  ]
  if (keptBytes > 0) {
    comments.push(`${keptBytes} bytes sampled before the sampler was restarted: maybe freed since`)
  }
  const pprof = await encode(stacks, {
    types: [
      ['samples', 'count'],
      [collected ? 'alloc_space' : 'inuse_space', 'bytes'],
    ],
    periodType: ['space', 'bytes'],
    period: intervalBytes,
    startedAtMs: since,
    durationMs,
    comments,
  })
  return {
    startedAt: new Date(since),
    durationMs,
    totalBytes,
    keptBytes,
    externalBytes,
    heapUsedBytes,
    pprof,
    top: (count) =>
      topShares(stacks, totalBytes, count).map(({ amounts, ...where }) => ({
        ...where,
        selfBytes: amounts.self,
        selfPercent: amounts.selfPercent,
        totalBytes: amounts.total,
        totalPercent: amounts.totalPercent,
      })),
    collapsed: () => collapsed(stacks, 1),
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

interface Sampled {
  readonly stacks: readonly V8Stack[]
  readonly since: number
  readonly until: number
  /** Bytes sampled before the sampler was restarted: they may have been freed since. */
  readonly keptBytes: number
}

async function readHeap(age: Age): Promise<Sampled> {
  const { profile, since, until, kept } = await readSampler('live', age)
  const keptBytes = kept.reduce((sum, { bytes }) => sum + bytes, 0)
  return { stacks: addStacks(kept, stacksOf(profile)), since, until, keptBytes }
}

async function sampleFor(
  seconds: number,
  mode: 'live' | 'all',
  signal: AbortSignal | undefined,
): Promise<Sampled> {
  const { heap } = processState()
  if (mode === 'all' && heap.deltas > 0) {
    throw new DebugError('ERR_DEBUG_BUSY', 'a heap profile is being taken: try again later')
  }
  const sampler = retainSampler(mode)
  if (mode === 'live') heap.deltas += 1
  try {
    await sampler.started
    const before = await readSampler(mode, 'exact')
    const since = Date.now()
    const after = lastOrdinal(before.profile)
    await wait(seconds * 1000, signal)
    const { profile } = await readSampler(mode, 'exact')
    return { stacks: stacksOf(profile, after), since, until: Date.now(), keptBytes: 0 }
  } finally {
    if (mode === 'live') heap.deltas -= 1
    await sampler.release()
  }
}
