import { exclusively } from './capture.ts'
import { call, connect, wait } from './inspector.ts'
import { integerIn, numberIn } from './options.ts'
import { type CallFrame, createPlaces } from './places.ts'
import { encode } from './pprof.ts'
import { type Frame, type Stack, shares } from './stacks.ts'

/** What to take. */
export interface CpuProfileOptions {
  /** How long, in seconds (0.01 to 3600). @defaultValue 30, as in Go */
  readonly seconds?: number
  /** Samples a second (integer, 1 to 10 000). More than 1000 slows the program visibly. @defaultValue 100, as in Go */
  readonly hz?: number
  /** Ends it early: the promise rejects with `ERR_DEBUG_CANCELLED`. */
  readonly signal?: AbortSignal
}

/** What one function used. */
export interface CpuFunction {
  readonly function: string
  /** A path, a `node:` module, or `(native)`. Empty for `(garbage collector)` and `(program)`. */
  readonly file: string
  /** Where the function begins; 0 where it has no line. */
  readonly line: number
  /** Time in the function itself, in milliseconds. */
  readonly selfMs: number
  /** `selfMs` in percent of the whole profile. */
  readonly selfPercent: number
  /** Time in the function and in what it called, in milliseconds. */
  readonly totalMs: number
  readonly totalPercent: number
}

/** Where the process spent its time. Idle time is not in it. */
export interface CpuProfile {
  readonly startedAt: Date
  readonly durationMs: number
  /** Milliseconds of the duration in which the main thread was not idle. */
  readonly busyMs: number
  /** The profile as a gzipped pprof file: for `go tool pprof`, Pyroscope, Parca. */
  readonly pprof: Uint8Array
  /** The functions that took the most time by themselves, the largest first. @defaultValue 10 of them */
  top(count?: number): readonly CpuFunction[]
}

/** `Profiler.Profile` of the inspector protocol, as far as it is read here. Times are in microseconds. */
export interface V8CpuProfile {
  readonly nodes: readonly V8CpuNode[]
  readonly startTime: number
  readonly endTime: number
  readonly samples?: readonly number[]
  readonly timeDeltas?: readonly number[]
}

interface V8CpuNode {
  readonly id: number
  readonly callFrame: CallFrame
  readonly children?: readonly number[]
  readonly positionTicks?: readonly { readonly line: number; readonly ticks: number }[]
}

/**
 * Takes a CPU profile of this thread, through `node:inspector`: no native code, no port.
 * V8 samples what is running, so time blocked in a synchronous system call counts as well; idle time does not.
 *
 * @throws DebugError `ERR_DEBUG_BUSY`, `ERR_DEBUG_CANCELLED`, `ERR_DEBUG_UNAVAILABLE`; TypeError `ERR_DEBUG_OPTION`
 */
export async function cpuProfile(options: CpuProfileOptions = {}): Promise<CpuProfile> {
  const { signal } = options
  const seconds = numberIn('seconds', options.seconds ?? 30, 0.01, 3600)
  const hz = integerIn('hz', options.hz ?? 100, 1, 10_000)
  const interval = Math.round(1e6 / hz)
  const { startedAtMs, profile } = await exclusively('a CPU profile', async () => {
    const session = await connect()
    try {
      await call(session, 'Profiler.enable')
      await call(session, 'Profiler.setSamplingInterval', { interval })
      const startedAtMs = Date.now()
      await call(session, 'Profiler.start')
      await wait(seconds * 1000, signal)
      const { profile } = await call<{ profile: V8CpuProfile }>(session, 'Profiler.stop')
      return { startedAtMs, profile }
    } finally {
      session.disconnect()
    }
  })
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
    period: interval * 1000,
    startedAtMs,
    durationMs,
  })
  return {
    startedAt: new Date(startedAtMs),
    durationMs,
    busyMs: busyNanos / 1e6,
    pprof,
    top: (count = 10) =>
      shares(stacks)
        .slice(0, integerIn('count', count, 1, 100_000))
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

/** One stack for each function and line that was seen running. */
export async function cpuStacks(profile: V8CpuProfile): Promise<Stack[]> {
  const { nodes, samples = [], timeDeltas = [], startTime, endTime } = profile
  const places = await createPlaces(nodes.map(({ callFrame }) => callFrame))
  const parents = new Map<number, V8CpuNode>()
  for (const node of nodes) for (const child of node.children ?? []) parents.set(child, node)

  const taken = new Map<number, { samples: number; nanos: number }>()
  // A sample lasts until the next one. Deltas can be negative when V8 reorders its samples.
  let at = startTime
  samples.forEach((id, i) => {
    at += timeDeltas[i] ?? 0
    const micros = timeDeltas[i + 1] ?? endTime - at
    const sum = taken.get(id) ?? { samples: 0, nanos: 0 }
    sum.samples += 1
    sum.nanos += Math.max(0, micros) * 1000
    taken.set(id, sum)
  })

  return nodes.flatMap((node) => {
    const sum = taken.get(node.id)
    if (!sum || isIdleOrRoot(node.callFrame)) return []
    const callers: Frame[] = []
    for (let up = parents.get(node.id); up && !isIdleOrRoot(up.callFrame); up = parents.get(up.id))
      callers.push(places.of(up.callFrame))
    return linesOf(node).map(({ line, part }) => ({
      frames: [
        line === undefined ? places.of(node.callFrame) : places.at(node.callFrame, line),
        ...callers,
      ],
      samples: Math.round(sum.samples * part),
      amount: sum.nanos * part,
    }))
  })
}

const isIdleOrRoot = ({ functionName, url }: CallFrame) =>
  url === '' && (functionName === '(idle)' || functionName === '(root)')

/** V8 says which lines of a function ran, and how often, but not in which sample. */
function linesOf({ positionTicks = [] }: V8CpuNode) {
  const ticks = positionTicks.filter((tick) => tick.ticks > 0)
  const sum = ticks.reduce((total, tick) => total + tick.ticks, 0)
  if (sum === 0) return [{ line: undefined, part: 1 }]
  return ticks.map(({ line, ticks: count }) => ({ line, part: count / sum }))
}
