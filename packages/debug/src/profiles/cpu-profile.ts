import { optionCheck } from '../errors.ts'
import { sampleCpu } from '../inspector/cpu-sampler.ts'
import type { V8CpuProfile } from '../inspector/v8-profiles.ts'
import { collapsed } from './collapsed.ts'
import { cpuStacks } from './cpu-stacks.ts'
import { pathOfUrl } from './file-url.ts'
import { encode } from './pprof.ts'
import { checkSeconds, checkSignal } from './profile-options.ts'
import { topShares } from './top-shares.ts'

/** What to take. */
export interface CpuProfileOptions {
  /** How long, in seconds (0.01 to 3600). @defaultValue 30, as in Go */
  readonly seconds?: number | undefined
  /**
   * Samples per second (integer, 1 to 10 000). More than 1000 slows the program down noticeably.
   *
   * @defaultValue 100, as in Go
   */
  readonly hz?: number | undefined
  /**
   * Whether time spent waiting for a synchronous child process (`execSync`) counts, too.
   *
   * @defaultValue false
   */
  readonly wall?: boolean | undefined
  /**
   * Whether garbage is collected first. It stops the program for about 0.3 s with a heap of 1 GB. On
   * Node 22 and later the time of a long loop may be counted for the function that called it if V8
   * has optimized the loop before; after a collection it is not.
   *
   * @defaultValue false
   */
  readonly gc?: boolean | undefined
  /** Ends it early: the promise rejects with `ERR_DEBUG_CANCELLED`. @defaultValue none */
  readonly signal?: AbortSignal | undefined
}

/** What one function used. */
export interface CpuFunction {
  readonly function: string
  /** A path, a `node:` module, or `(native)`. Empty for `(garbage collector)` and `(program)`. */
  readonly file: string
  /** Where the function begins; 0 if unknown. */
  readonly line: number
  /** Time in the function itself, in milliseconds. */
  readonly selfMs: number
  /** `selfMs` as a percentage of the whole profile. */
  readonly selfPercent: number
  /** Time in the function and in what it called, in milliseconds. */
  readonly totalMs: number
  readonly totalPercent: number
}

/** Where the process spent its time, without idle time. */
export interface CpuProfile {
  readonly startedAt: Date
  readonly durationMs: number
  /** How long the main thread was not idle, as far as the profile counts it, in milliseconds. */
  readonly busyMs: number
  /** How long it waited for synchronous child processes, in milliseconds. */
  readonly blockedMs: number
  /**
   * CPU time of the whole process meanwhile, in milliseconds, with V8's and libuv's threads. Far
   * less than `busyMs`: the main thread waited in a synchronous call.
   */
  readonly processCpuMs: number
  /** The profile as a gzipped pprof file: for `go tool pprof`, Pyroscope, Parca. */
  readonly pprof: Uint8Array
  /**
   * The functions that took the most time by themselves, the largest first.
   *
   * @defaultValue 10 of them
   */
  top(count?: number): readonly CpuFunction[]
  /** One line for each stack, `a;b;c 12`, with milliseconds: the input of flame graph tools. */
  collapsed(): string
  /** V8's own profile as JSON: a `.cpuprofile` file for Chrome's and VS Code's tools. */
  v8Json(): string
}

/**
 * Takes a CPU profile of this thread through `node:inspector`: no native code, no open port. V8
 * samples what is running, so time blocked in a synchronous system call is included, except for
 * waiting for a child process; idle time is not. A function that V8 has inlined is counted as part
 * of its caller.
 *
 * @throws DebugError `ERR_DEBUG_BUSY`, `ERR_DEBUG_CANCELLED`, `ERR_DEBUG_UNAVAILABLE`; TypeError
 * `ERR_DEBUG_OPTION`
 */
export async function cpuProfile(options?: CpuProfileOptions): Promise<CpuProfile> {
  const check = optionCheck('debug.cpuProfile')
  const given = check.options('options', options, ['seconds', 'hz', 'wall', 'gc', 'signal'])
  const { seconds = 30, hz = 100, wall = false, gc = false, signal } = given
  checkSeconds(check, seconds)
  check.boolean('wall', wall)
  check.boolean('gc', gc)
  checkSignal(check, signal)
  const intervalMicros = Math.round(1e6 / check.integer('hz', hz, { min: 1, max: 10_000 }))

  const { startedAtMs, profile, processCpuMicros } = await sampleCpu({
    intervalMicros,
    seconds,
    gc,
    signal,
  })
  const { stacks, blockedNanos } = await cpuStacks(profile, wall)
  const durationMs = (profile.endTime - profile.startTime) / 1000
  const busyNanos = stacks.reduce((sum, { amount }) => sum + amount, 0)
  const type = wall ? 'wall' : 'cpu'
  const pprof = await encode(stacks, {
    types: [
      ['samples', 'count'],
      [type, 'nanoseconds'],
    ],
    periodType: [type, 'nanoseconds'],
    period: intervalMicros * 1000,
    startedAtMs,
    durationMs,
    comments: [
      `${(processCpuMicros / 1000).toFixed()} ms of CPU time of the whole process`,
      `${(blockedNanos / 1e6).toFixed()} ms waiting for synchronous child processes`,
    ],
  })
  return {
    startedAt: new Date(startedAtMs),
    durationMs,
    busyMs: busyNanos / 1e6,
    blockedMs: blockedNanos / 1e6,
    processCpuMs: processCpuMicros / 1000,
    pprof,
    top: (count) =>
      topShares(stacks, busyNanos, count).map(({ amounts, ...where }) => ({
        ...where,
        selfMs: amounts.self / 1e6,
        selfPercent: amounts.selfPercent,
        totalMs: amounts.total / 1e6,
        totalPercent: amounts.totalPercent,
      })),
    collapsed: () => collapsed(stacks, 1e6),
    v8Json: () => v8Json(profile),
  }
}

/** Without the sources of `data:` modules, which V8 has as their URL. */
function v8Json(profile: V8CpuProfile): string {
  const nodes = profile.nodes.map((node) => ({
    ...node,
    callFrame: { ...node.callFrame, url: shortUrl(node.callFrame.url) },
  }))
  return JSON.stringify({ ...profile, nodes })
}

const shortUrl = (url: string) => (url.startsWith('file:') ? url : pathOfUrl(url))
