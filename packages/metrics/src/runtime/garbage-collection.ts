import { constants, PerformanceObserver } from 'node:perf_hooks'
import { createDistribution } from '../instruments/distribution.ts'

const types: ReadonlyMap<number, string> = new Map([
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
])

/** Measures `v8js.gc.duration`. Returns a function that stops it. */
export function measureGarbageCollection(): () => void {
  const duration = createDistribution('v8js.gc.duration', {
    unit: 's',
    description: 'Garbage collection duration.',
    boundaries: [0.01, 0.1, 1, 10],
  })
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { duration: durationMs, detail } = entry as {
        duration: number
        detail?: { kind?: number }
      }
      const type = types.get(detail?.kind ?? -1)
      if (type !== undefined) duration(durationMs / 1000, { 'v8js.gc.type': type })
    }
  })
  observer.observe({ entryTypes: ['gc'] })
  return () => observer.disconnect()
}
