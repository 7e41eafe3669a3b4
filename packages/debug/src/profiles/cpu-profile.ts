import { optionCheck } from '../errors.ts'
import { sampleCpu } from '../inspector/cpu-sampler.ts'
import { cpuStacks } from './cpu-stacks.ts'
import { encode } from './pprof.ts'
import { checkSeconds, checkSignal, topCount } from './profile-options.ts'
import { shares } from './stacks.ts'

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
  /** How long the main thread was not idle, in milliseconds. */
  readonly busyMs: number
  /** The profile as a gzipped pprof file: for `go tool pprof`, Pyroscope, Parca. */
  readonly pprof: Uint8Array
  /**
   * The functions that took the most time by themselves, the largest first.
   *
   * @defaultValue 10 of them
   */
  top(count?: number): readonly CpuFunction[]
}

/**
 * Takes a CPU profile of this thread through `node:inspector`: no native code, no open port. V8
 * samples what is running, so time blocked in a synchronous system call is included; idle time is
 * not.
 *
 * @throws DebugError `ERR_DEBUG_BUSY`, `ERR_DEBUG_CANCELLED`, `ERR_DEBUG_UNAVAILABLE`; TypeError
 * `ERR_DEBUG_OPTION`
 */
export async function cpuProfile(options?: CpuProfileOptions): Promise<CpuProfile> {
  const check = optionCheck('debug.cpuProfile')
  const given = check.options('options', options, ['seconds', 'hz', 'signal'])
  const { seconds = 30, hz = 100, signal } = given
  checkSeconds(check, seconds)
  checkSignal(check, signal)
  const intervalMicros = Math.round(1e6 / check.integer('hz', hz, { min: 1, max: 10_000 }))

  const { startedAtMs, profile } = await sampleCpu(intervalMicros, seconds, signal)
  const stacks = await cpuStacks(profile)
  const durationMs = (profile.endTime - profile.startTime) / 1000
  const busyNanos = stacks.reduce((sum, { amount }) => sum + amount, 0)
  const percent = (nanos: number) => (busyNanos === 0 ? 0 : (nanos / busyNanos) * 100)
  const pprof = await encode(stacks, {
    types: [
      ['samples', 'count'],
      ['cpu', 'nanoseconds'],
    ],
    periodType: ['cpu', 'nanoseconds'],
    period: intervalMicros * 1000,
    startedAtMs,
    durationMs,
  })
  return {
    startedAt: new Date(startedAtMs),
    durationMs,
    busyMs: busyNanos / 1e6,
    pprof,
    top: (count) =>
      shares(stacks)
        .slice(0, topCount(count))
        .map(({ place, self, total }) => ({
          function: place.name,
          file: place.file,
          line: place.line,
          selfMs: self / 1e6,
          selfPercent: percent(self),
          totalMs: total / 1e6,
          totalPercent: percent(total),
        })),
  }
}
