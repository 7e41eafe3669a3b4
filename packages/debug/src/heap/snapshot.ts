import type { Readable } from 'node:stream'
import { getHeapSnapshot } from 'node:v8'
import { DebugError } from '../errors.ts'
import { processState } from '../inspector/process-state.ts'
import { memoryLeft } from './memory.ts'

// Measured with heaps of 20 MB to 650 MB on Node 20 and 24: 10 to 14 times the heap, the more the
// smaller its objects are.
const timesHeap = 12
const baseBytes = 192 << 20
// What the analysis takes in its own process.
const analysisTimesHeap = 4
const analysisBaseBytes = 64 << 20

export interface Snapshot {
  /** How much memory there was for it, in bytes. */
  readonly leftBytes: number
  /** As JSON, in pieces, as fast as they are read. Destroying it frees what is left of it. */
  readonly stream: Readable
  /** How long the program stood still; known as soon as the stream has been read once. */
  stoppedMs(): number
}

/**
 * Takes a snapshot of the heap. The program stands still until it is taken: about 10 s for each 100 MB.
 * One at a time in a process, until its stream has closed.
 *
 * @param maxBytes - the most that it may need
 * @throws DebugError `ERR_DEBUG_BUSY`, `ERR_DEBUG_MEMORY`
 */
export function takeSnapshot(maxBytes: number, use: 'download' | 'analysis'): Snapshot {
  const state = processState()
  if (state.isTakingSnapshot === true) {
    throw new DebugError('ERR_DEBUG_BUSY', 'a heap snapshot is being taken: try again later')
  }
  const leftBytes = checkedMemory(maxBytes, use)
  state.isTakingSnapshot = true
  try {
    const startMs = performance.now()
    const stream = getHeapSnapshot()
    stream.once('close', () => {
      state.isTakingSnapshot = false
    })
    let stoppedMs = 0
    // V8 writes all of it when it is read for the first time, which is before this.
    setImmediate(() => {
      stoppedMs = Math.round(performance.now() - startMs)
    })
    return { leftBytes, stream, stoppedMs: () => stoppedMs }
  } catch (error) {
    state.isTakingSnapshot = false
    throw error
  }
}

/** What is left; it throws if a snapshot may need more. */
function checkedMemory(maxBytes: number, use: 'download' | 'analysis'): number {
  const { heapUsed } = process.memoryUsage()
  const own = heapUsed * timesHeap + baseBytes
  const neededBytes =
    use === 'analysis' ? own + heapUsed * analysisTimesHeap + analysisBaseBytes : own
  const { bytes, of } = memoryLeft()
  const left = maxBytes < bytes ? { bytes: maxBytes, of: 'maxSnapshotBytes' } : { bytes, of }
  if (neededBytes > left.bytes) {
    throw new DebugError(
      'ERR_DEBUG_MEMORY',
      `a snapshot of a heap of ${megabytes(heapUsed)} may need ${megabytes(neededBytes)}, and ${megabytes(left.bytes)} are left of ${left.of}; GET /debug/pprof/heap needs next to nothing`,
    )
  }
  return left.bytes
}

const megabytes = (bytes: number) => `${Math.floor(bytes / 2 ** 20)} MB`
