import { monitorEventLoopDelay } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'
import { monotonicMs } from '@clew/internal/time/clock'

/** How the process itself is, since the last reading. */
export interface Vitals {
  /** How late the event loop was, half of the time or more, in milliseconds. */
  readonly loopDelayMs: number
  /** The part of V8's heap limit that is in use. */
  readonly heapRatio: number
}

export interface VitalsReader {
  read(): Vitals
  stop(): void
}

// It counts how late a timer of this period fires.
const resolutionMs = 20

/** @param periodMs - how often `read` is called */
export function createVitalsReader(periodMs: number): VitalsReader {
  const delays = monitorEventLoopDelay({ resolution: resolutionMs })
  delays.enable()
  let readAt = monotonicMs()
  return {
    read() {
      const now = monotonicMs()
      // While the loop was blocked the histogram has counted nothing, but `read` was late, too.
      const lateMs = now - readAt - periodMs
      readAt = now
      const medianMs = delays.percentile(50) / 1e6 - resolutionMs
      delays.reset()
      const { used_heap_size, heap_size_limit } = getHeapStatistics()
      return {
        loopDelayMs: Math.max(0, medianMs, lateMs),
        heapRatio: used_heap_size / heap_size_limit,
      }
    },
    stop: () => delays.disable(),
  }
}
