import { type CpuProfile, cpuProfile } from '../profiles/cpu-profile.ts'
import {
  type HeapProfile,
  type HeapProfileOptions,
  takeHeapProfile,
} from '../profiles/heap-profile.ts'

/** What a request for a profile asks. */
export interface ProfileRequest {
  readonly seconds: number | undefined
  readonly hz: number | undefined
  /** Whether garbage is collected before a CPU profile. */
  readonly gc: boolean
  readonly maxSeconds: number
}

/** One kind of profile, and how to take it. */
export interface Kind {
  readonly name: string
  readonly title: string
  /** Of the amounts in its stacks. */
  readonly unit: 'ms' | 'bytes'
  /** How long the page takes one; undefined: it reads at once. */
  readonly defaultSeconds?: number
  /** What the query may have besides `seconds` and `format`. `debug` and `gc` are Go's. */
  readonly parameters: readonly ('hz' | 'debug' | 'gc')[]
  readonly formats: readonly string[]
  take(request: ProfileRequest, signal: AbortSignal): Promise<CpuProfile | HeapProfile>
}

const defaultSeconds = 30
const cpuFormats = ['pprof', 'top', 'collapsed', 'cpuprofile']
const heapFormats = ['pprof', 'top', 'collapsed']

// Many scrapers and people may ask: a reading of the last seconds is enough.
const takeHeap = (options: HeapProfileOptions) => takeHeapProfile(options, 'recent')

const takeCpu =
  (wall: boolean): Kind['take'] =>
  ({ seconds, hz, gc, maxSeconds }, signal) =>
    cpuProfile({ seconds: seconds ?? Math.min(defaultSeconds, maxSeconds), hz, wall, gc, signal })

export const kinds: Readonly<Record<'profile' | 'wall' | 'heap' | 'allocs', Kind>> = {
  profile: {
    name: 'profile',
    title: 'CPU profile',
    unit: 'ms',
    defaultSeconds: 10,
    parameters: ['hz', 'debug', 'gc'],
    formats: cpuFormats,
    take: takeCpu(false),
  },
  wall: {
    name: 'wall',
    title: 'wall-clock profile',
    unit: 'ms',
    defaultSeconds: 10,
    parameters: ['hz', 'debug', 'gc'],
    formats: cpuFormats,
    take: takeCpu(true),
  },
  heap: {
    name: 'heap',
    title: 'heap profile',
    unit: 'bytes',
    parameters: ['debug', 'gc'],
    formats: heapFormats,
    take: ({ seconds }, signal) => takeHeap({ seconds, signal }),
  },
  allocs: {
    name: 'allocs',
    title: 'allocation profile',
    unit: 'bytes',
    defaultSeconds: 10,
    parameters: ['debug', 'gc'],
    formats: heapFormats,
    // Without a time it is what a scraper asks for: a read that must not restart the sampler.
    take: ({ seconds }, signal) => takeHeap({ seconds, collected: seconds !== undefined, signal }),
  },
}
