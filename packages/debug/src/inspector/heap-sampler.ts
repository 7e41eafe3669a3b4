import type { Session } from 'node:inspector'
import { monotonicMs } from '@clew/internal/time/clock'
import { DebugError } from '../errors.ts'
import { call, connect } from './inspector.ts'
import { type HeapSamples, type HeapState, processState } from './process-state.ts'
import { addStacks, stacksOf } from './v8-heap-stacks.ts'
import type { V8HeapProfile } from './v8-profiles.ts'

/** V8 takes one sample for about this many allocated bytes, as Go does. */
export const intervalBytes: number = 512 * 1024

/** Each reading forces a major collection: within this time, the last one is the answer. */
const cacheMs = 5000

export interface RetainedSampler {
  readonly started: Promise<void>
  release(): Promise<void>
}

/** Keeps a sampler running until it is released; `all`: one that also counts what is collected. */
export function retainSampler(mode: 'live' | 'all' = 'live'): RetainedSampler {
  const { heap } = processState()
  const users = mode === 'live' ? 'liveUsers' : 'allUsers'
  heap[users] += 1
  let released = false
  return {
    started: settle(heap),
    async release() {
      if (released) return
      released = true
      heap[users] -= 1
      await settle(heap)
    },
  }
}

/**
 * How new a reading must be: `exact`: taken now, in this mode; `now`: taken now, unless the sampler
 * counts what is collected too, and the last reading before is the best there is; `recent`: of the
 * last seconds.
 */
export type Age = 'exact' | 'now' | 'recent'

/** Reads what the sampler of this mode has. All that ask at the same time share one reading. */
export async function readSampler(mode: 'live' | 'all', age: Age): Promise<HeapSamples> {
  const { heap } = processState()
  const known = lastReading(heap, age)
  if (known) return known
  // If it has not started, this starts it, or throws the reason.
  await settle(heap)
  // Somebody else may have read it meanwhile.
  const other = lastReading(heap, age)
  if (other) return other
  if (heap.mode !== mode) throw otherModeError(heap)
  heap.reading ??= read(heap, mode).finally(() => {
    heap.reading = undefined
  })
  return heap.reading
}

/** The last reading of what is alive, if it is good enough. */
function lastReading({ last, mode }: HeapState, age: Age): HeapSamples | undefined {
  if (!last || age === 'exact') return undefined
  const isRecent = age === 'recent' && monotonicMs() - last.atMs < cacheMs
  return mode === 'all' || isRecent ? last.samples : undefined
}

async function read(heap: HeapState, mode: 'live' | 'all'): Promise<HeapSamples> {
  const session = heap.session as Session
  try {
    const profile = await samplingProfile(session)
    const { since, kept, keptSince } = heap
    const samples = {
      profile,
      since: kept.length > 0 ? keptSince : since,
      until: Date.now(),
      kept: mode === 'live' ? kept : [],
    }
    if (mode === 'live') heap.last = { samples, atMs: monotonicMs() }
    return samples
  } catch (cause) {
    // V8 has one sampler: another tool that stops it stops ours.
    if (heap.session === session) {
      heap.session = undefined
      heap.mode = undefined
      heap.last = undefined
      session.disconnect()
    }
    await settle(heap)
    throw new DebugError(
      'ERR_DEBUG_NO_SAMPLER',
      'another tool stopped the heap sampler; it has been restarted',
      { cause },
    )
  }
}

/**
 * Starts or stops the sampler, so that it runs exactly while it has users, in the mode that they
 * want. One change at a time.
 */
function settle(heap: HeapState): Promise<void> {
  const done = heap.queue.then(() => change(heap))
  heap.queue = done.catch(() => {})
  return done
}

async function change(heap: HeapState): Promise<void> {
  const wanted = heap.allUsers > 0 ? 'all' : heap.liveUsers > 0 ? 'live' : undefined
  if (wanted === heap.mode) return
  const { session } = heap
  if (session) {
    // What it has gathered may be the only evidence of a leak: it is kept.
    if (heap.mode === 'live' && heap.liveUsers > 0) await keep(heap, session)
    heap.session = undefined
    heap.mode = undefined
    // Disconnecting stops the sampling of the session.
    session.disconnect()
  }
  if (heap.liveUsers === 0) {
    heap.kept = []
    heap.last = undefined
  }
  if (wanted !== undefined) await start(heap, wanted)
}

async function keep(heap: HeapState, session: Session): Promise<void> {
  const profile = await samplingProfile(session).catch(() => undefined)
  if (!profile) return
  if (heap.kept.length === 0) heap.keptSince = heap.since
  const kept = addStacks(heap.kept, stacksOf(profile))
  const samples = { profile, since: heap.keptSince, until: Date.now(), kept: heap.kept }
  heap.last = { samples, atMs: monotonicMs() }
  heap.kept = kept
}

async function start(heap: HeapState, mode: 'live' | 'all'): Promise<void> {
  const { refused } = heap
  if (refused && monotonicMs() - refused.atMs < cacheMs) throw refused.error
  const session = await connect()
  try {
    if (await isForeignRunning(session)) throw foreignError()
    await call(session, 'HeapProfiler.enable')
    await call(session, 'HeapProfiler.startSampling', {
      samplingInterval: intervalBytes,
      includeObjectsCollectedByMajorGC: mode === 'all',
      includeObjectsCollectedByMinorGC: mode === 'all',
    })
    heap.session = session
    heap.mode = mode
    heap.since = Date.now()
    heap.refused = undefined
  } catch (error) {
    session.disconnect()
    heap.refused = { error: error as Error, atMs: monotonicMs() }
    throw error
  }
}

/**
 * Whether another tool samples the heap. None of ours runs now, and a second start would reset its
 * sampler, as the end of our session would stop it.
 */
const isForeignRunning = (session: Session): Promise<boolean> =>
  samplingProfile(session).then(
    () => true,
    () => false,
  )

async function samplingProfile(session: Session): Promise<V8HeapProfile> {
  const { profile } = await call<{ profile: V8HeapProfile }>(
    session,
    'HeapProfiler.getSamplingProfile',
  )
  return profile
}

const foreignError = () =>
  new DebugError(
    'ERR_DEBUG_BUSY',
    "another tool's heap sampler runs in this process (an agent, or --heap-prof), and V8 has only one: stop it first",
  )

function otherModeError({ mode }: HeapState): DebugError {
  if (mode === undefined) {
    return new DebugError(
      'ERR_DEBUG_NO_SAMPLER',
      'the heap sampler is not running: set seconds to sample from now on',
    )
  }
  const running = mode === 'all' ? 'an allocation profile' : 'a heap profile'
  return new DebugError('ERR_DEBUG_BUSY', `${running} is being taken: try again later`)
}
