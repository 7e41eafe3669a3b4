import { PerformanceObserver } from 'node:perf_hooks'
import { GCProfiler } from 'node:v8'

/** What a stretch of work leaves to the garbage collector. */
export interface Garbage {
  readonly bytes: number
  readonly pauseMicros: number
}

/** Counts from now on, until it is called. */
export function countGarbage(): () => Garbage {
  const profiler = new GCProfiler()
  const before = process.memoryUsage().heapUsed
  let pauseMs = 0
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) pauseMs += duration
  })
  observer.observe({ entryTypes: ['gc'] })
  profiler.start()
  return () => {
    const { statistics } = profiler.stop()
    let freed = 0
    for (const { beforeGC, afterGC } of statistics) {
      freed += beforeGC.heapStatistics.usedHeapSize - afterGC.heapStatistics.usedHeapSize
    }
    observer.disconnect()
    return {
      bytes: process.memoryUsage().heapUsed - before + freed,
      pauseMicros: pauseMs * 1000,
    }
  }
}
