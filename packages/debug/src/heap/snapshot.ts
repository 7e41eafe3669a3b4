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

/** How much memory a snapshot needs, and how much there is. */
export interface SnapshotMemory {
  readonly neededBytes: number
  readonly leftBytes: number
  readonly leftOf: string
}

export interface Snapshot extends SnapshotMemory {
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
  const memory = checkedMemory(maxBytes, use)
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
    return { ...memory, stream, stoppedMs: () => stoppedMs }
  } catch (error) {
    state.isTakingSnapshot = false
    throw error
  }
}

function checkedMemory(maxBytes: number, use: 'download' | 'analysis'): SnapshotMemory {
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
  return { neededBytes, leftBytes: left.bytes, leftOf: left.of }
}

const megabytes = (bytes: number) => `${Math.floor(bytes / 2 ** 20)} MB`
