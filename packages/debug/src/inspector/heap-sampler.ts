import type { Session } from 'node:inspector'
import { DebugError } from '../errors.ts'
import { busyError } from './capture.ts'
import { call, connect } from './inspector.ts'
import { processState } from './process-state.ts'
import type { V8HeapProfile } from './v8-profiles.ts'

/** V8 takes one sample for about this many allocated bytes, as Go does. */
export const intervalBytes: number = 512 * 1024

export interface HeapSamples {
  readonly profile: V8HeapProfile
  /** When the sampler was started, in milliseconds since 1970. */
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

/**
 * Starts or stops the sampler, so that it runs exactly while it has users. One change at a time.
 */
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
      // Disconnecting stops the sampling of the session.
      session.disconnect()
    }
  }
  const done = heap.queue.then(change)
  heap.queue = done.catch(() => {})
  return done
}

/** Keeps the sampler running until it is released. */
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

/** Reads what the running sampler has now. */
export async function readSampler(): Promise<HeapSamples> {
  const { heap, capture } = processState()
  // If it has not started, this starts it, or throws the reason.
  await settle()
  if (!heap.session) {
    throw heap.taken
      ? busyError(capture)
      : new DebugError(
          'ERR_DEBUG_NO_SAMPLER',
          'the heap sampler is not running: set seconds to sample from now on',
        )
  }
  const { session, since } = heap
  try {
    const { profile } = await call<{ profile: V8HeapProfile }>(
      session,
      'HeapProfiler.getSamplingProfile',
    )
    return { profile, since }
  } catch (cause) {
    // V8 has one sampler: another tool that stops it stops ours.
    heap.session = undefined
    session.disconnect()
    await settle()
    throw new DebugError(
      'ERR_DEBUG_NO_SAMPLER',
      'another tool stopped the heap sampler; it has been restarted',
      { cause },
    )
  }
}

/**
 * Uses the sampler for one run that also counts what is garbage collected. What it had gathered
 * before is lost.
 */
export async function takeSampler(during: () => Promise<void>): Promise<HeapSamples> {
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
