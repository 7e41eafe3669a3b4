import type { Session } from 'node:inspector'
import { DebugError } from './errors.ts'
import { call, connect } from './inspector.ts'
import type { CallFrame } from './places.ts'
import { processState } from './state.ts'

/** `HeapProfiler.SamplingHeapProfile` of the inspector protocol. */
export interface V8HeapProfile {
  readonly head: V8HeapNode
  readonly samples: readonly {
    readonly size: number
    readonly nodeId: number
    /** Counts up over the life of the sampler. */
    readonly ordinal: number
  }[]
}

export interface V8HeapNode {
  readonly id: number
  readonly callFrame: CallFrame
  readonly children: readonly V8HeapNode[]
}

/** One sample for about this many bytes allocated: as Go. */
export const intervalBytes: number = 512 * 1024

/** What a profile says of the sampler that took it. */
export interface Sampled {
  readonly profile: V8HeapProfile
  readonly since: number
}

async function start(collected: boolean): Promise<Session> {
  const session = await connect()
  try {
    await call(session, 'HeapProfiler.enable')
    await call(session, 'HeapProfiler.startSampling', {
      samplingInterval: intervalBytes,
      includeObjectsCollectedByMajorGC: collected,
      includeObjectsCollectedByMinorGC: collected,
    })
    return session
  } catch (error) {
    session.disconnect()
    throw error
  }
}

/** Makes the sampler run exactly while somebody wants it. One change at a time. */
function settle(): Promise<void> {
  const { heap } = processState()
  const change = async () => {
    const wanted = heap.users > 0 && !heap.taken
    if (wanted && !heap.session) {
      heap.session = await start(false)
      heap.since = Date.now()
    } else if (!wanted && heap.session) {
      const { session } = heap
      heap.session = undefined
      // The end of the session is the end of its sampling.
      session.disconnect()
    }
  }
  const done = heap.queue.then(change)
  heap.queue = done.catch(() => {})
  return done
}

/** Keeps the sampler running until the returned function is called. */
export function retainSampler(): { readonly started: Promise<void>; release(): Promise<void> } {
  const { heap } = processState()
  heap.users += 1
  let released = false
  return {
    started: settle(),
    async release() {
      if (released) return
      released = true
      heap.users -= 1
      await settle()
    },
  }
}

/** What the running sampler has now. */
export async function readSampler(): Promise<Sampled> {
  const { heap, capture } = processState()
  // Where it did not start, this says why, or starts it.
  await settle()
  if (!heap.session)
    throw heap.taken
      ? new DebugError('ERR_DEBUG_BUSY', `${capture} is being taken: try again later`)
      : new DebugError(
          'ERR_DEBUG_NO_SAMPLER',
          'the heap sampler is not running: say for how many seconds to sample',
        )
  const { session, since } = heap
  try {
    const { profile } = await call<{ profile: V8HeapProfile }>(
      session,
      'HeapProfiler.getSamplingProfile',
    )
    return { profile, since }
  } catch (cause) {
    // V8 has one sampler, and whoever else stops it stops it for all.
    heap.session = undefined
    session.disconnect()
    await settle()
    throw new DebugError(
      'ERR_DEBUG_NO_SAMPLER',
      'another tool stopped the heap sampler; it was started anew',
      { cause },
    )
  }
}

/** Takes the sampler for one run that also counts what is collected again. What it had gathered is lost. */
export async function takeSampler(during: () => Promise<void>): Promise<Sampled> {
  const { heap } = processState()
  heap.taken = true
  try {
    await settle()
    const session = await start(true)
    try {
      const since = Date.now()
      await during()
      const { profile } = await call<{ profile: V8HeapProfile }>(
        session,
        'HeapProfiler.stopSampling',
      )
      return { profile, since }
    } finally {
      session.disconnect()
    }
  } finally {
    heap.taken = false
    await settle()
  }
}
