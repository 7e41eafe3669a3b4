import { types } from 'node:util'
import { getEnvironmentData, isMainThread, setEnvironmentData, threadId } from 'node:worker_threads'
import { monotonicMs } from '@clew/internal/time/clock'
import { processState } from '../process-state.ts'

/**
 * Lets one thread of the process at a time write to a pipe. A full one takes a part of a line, and
 * the rest must come before any line of another thread.
 */
export interface ThreadLock {
  /** `torn`: it was taken from a thread that has ended in the middle of a line. */
  acquire(): 'free' | 'torn' | 'busy'
  /** @param midLine - whether the line that was begun has no end yet: then it stays locked */
  release(midLine: boolean): void
  /** The rest of the line that was begun may never come: others need not wait for it. */
  giveUp(): void
}

// Places can share one: then they only wait for each other.
const places = 64
const fields = 3
const owner = 0
const parked = 1
const beat = 2
// What `parked` can be, besides 0.
const midway = 1
const givenUp = 2

const waitMs = 5
const attempts = 10
// A thread that lives tries again every 20 ms.
const deadAfterMs = 10_000

const key = '@clew/log/v1 pipes'
const inherited: unknown = getEnvironmentData(key)

/** Whether all threads know the locks: those that were started before this file was loaded do not. */
export const isShared: boolean = isMainThread || types.isSharedArrayBuffer(inherited)

const state: { readonly cells: Int32Array; made: number } = processState('pipes', () => {
  const known = types.isSharedArrayBuffer(inherited)
  const memory = known
    ? (inherited as SharedArrayBuffer)
    : new SharedArrayBuffer(places * fields * 4)
  // What later threads find.
  if (!known) setEnvironmentData(key, memory)
  return { cells: new Int32Array(memory), made: 0 }
})

/** @param place - equal for the same pipe in all threads */
export function createThreadLock(place: string): ThreadLock {
  const { cells } = state
  const at = fields * slotOf(place)
  const me = (threadId % 2_000_000) * 1000 + (state.made++ % 999) + 1
  let isParked = false
  let seen = { by: 0, beat: 0, atMs: 0 }

  function isDead(by: number): boolean {
    const beats = Atomics.load(cells, at + beat)
    const now = monotonicMs()
    if (seen.by !== by || seen.beat !== beats) seen = { by, beat: beats, atMs: now }
    return now - seen.atMs > deadAfterMs
  }

  return {
    acquire() {
      if (isParked && Atomics.load(cells, at + owner) === me) {
        Atomics.add(cells, at + beat, 1)
        return 'free'
      }
      for (let attempt = 0; attempt < attempts; attempt++) {
        const by = Atomics.compareExchange(cells, at + owner, 0, me)
        if (by === 0) return 'free'
        const how = Atomics.load(cells, at + parked)
        if (how === givenUp || isDead(by)) {
          if (Atomics.compareExchange(cells, at + owner, by, me) === by) return 'torn'
        } else if (how === midway) return 'busy'
        else Atomics.wait(cells, at + owner, by, waitMs)
      }
      return 'busy'
    },
    release(midLine) {
      isParked = midLine
      Atomics.store(cells, at + parked, midLine ? midway : 0)
      Atomics.add(cells, at + beat, 1)
      if (midLine) return
      Atomics.store(cells, at + owner, 0)
      Atomics.notify(cells, at + owner, 1)
    },
    giveUp() {
      const isMine = isParked && Atomics.load(cells, at + owner) === me
      if (isMine) Atomics.store(cells, at + parked, givenUp)
    },
  }
}

function slotOf(place: string): number {
  let hash = 0
  for (let i = 0; i < place.length; i++) hash = (hash * 31 + place.charCodeAt(i)) >>> 0
  return hash % places
}
