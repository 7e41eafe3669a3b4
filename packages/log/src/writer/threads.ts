import { types } from 'node:util'
import {
  BroadcastChannel,
  getEnvironmentData,
  isMainThread,
  setEnvironmentData,
  threadId,
} from 'node:worker_threads'
import { monotonicMs } from '@clew/internal/time/clock'
import { processState } from '../process-state.ts'

// The end of the main thread ends all others, and nothing in them is called: no 'exit', no signal.
// They are told, and waited for.

const name = '@clew/log/v1 threads'
const maxThreads = 64
// What wakes the one who waits, in front of the threads.
const changes = 0
/** One that has not heard of the end by then is busy, and may be for long. */
const hearsWithinMs = 1000
/** Until then one that has heard of it may write: it waits for slow readers, as each thread does. */
const writesWithinMs = 2000

/** The threads that log: each by its id, by `-id` once it knows of the end. */
const threads: { readonly cells: Int32Array; isTold: boolean; isWatched: boolean } = processState(
  'threads',
  () => {
    const inherited: unknown = getEnvironmentData(name)
    const memory = types.isSharedArrayBuffer(inherited)
      ? (inherited as SharedArrayBuffer)
      : new SharedArrayBuffer((maxThreads + 1) * 4)
    // What later threads find.
    if (memory !== inherited) setEnvironmentData(name, memory)
    return { cells: new Int32Array(memory), isTold: false, isWatched: false }
  },
)

const slots = Array.from({ length: maxThreads }, (_, index) => index + 1)

function replace(before: number, after: number): boolean {
  const { cells } = threads
  const isDone = slots.some(
    (slot) => Atomics.compareExchange(cells, slot, before, after) === before,
  )
  if (isDone) {
    Atomics.add(cells, changes, 1)
    Atomics.notify(cells, changes)
  }
  return isDone
}

function leave(id: number): void {
  if (!replace(id, 0)) replace(-id, 0)
}

/** Calls `onFirst` when a thread is started from here: it may log, and ends with this one. */
export function watchThreads(onFirst: () => void): void {
  if (threads.isWatched) return
  threads.isWatched = true
  process.on('worker', (worker) => {
    onFirst()
    const { threadId: id } = worker
    // `terminate` calls nothing in it.
    worker.once('exit', () => leave(id))
  })
}

/**
 * In a thread that logs: calls `end` when the process ends.
 * @param end - writes what waits; resolves when streams have it too
 */
export function joinThreads(end: (endedBy: string) => Promise<unknown> | undefined): void {
  if (isMainThread || !replace(0, threadId)) return
  const channel = new BroadcastChannel(name)
  channel.onmessage = ({ data }: { readonly data: unknown }) => {
    replace(threadId, -threadId)
    const leaves = () => leave(threadId)
    void Promise.resolve(end(String(data))).then(leaves, leaves)
  }
  // After, since a listener keeps the thread alive.
  channel.unref()
  process.on('exit', () => leave(threadId))
}

/** Tells all threads that the process ends, once. */
export function tellThreads(endedBy: string): void {
  if (
    !isMainThread ||
    threads.isTold ||
    slots.every((slot) => Atomics.load(threads.cells, slot) === 0)
  )
    return
  threads.isTold = true
  const channel = new BroadcastChannel(name)
  channel.postMessage(endedBy)
  channel.close()
}

/** Waits until they have written what they have. */
export function awaitThreads(): void {
  if (!threads.isTold) return
  const { cells } = threads
  const startMs = monotonicMs()
  for (;;) {
    const seen = Atomics.load(cells, changes)
    const states = slots.map((slot) => Atomics.load(cells, slot))
    const passedMs = monotonicMs() - startMs
    // Those that have heard of it are writing.
    const isWriting = states.some((state) => state < 0)
    const mayHear = passedMs < hearsWithinMs && states.some((state) => state > 0)
    const leftMs = (isWriting ? writesWithinMs : mayHear ? hearsWithinMs : 0) - passedMs
    if (leftMs <= 0) return
    Atomics.wait(cells, changes, seen, leftMs)
  }
}
