import { performance } from 'node:perf_hooks'
import { getHeapSpaceStatistics } from 'node:v8'
import { monitorEventLoop } from './event-loop.ts'
import { measureGarbageCollection } from './garbage-collection.ts'
import { runtimeMetrics, type Sources } from './metrics.ts'

/**
 * Measures event loop, garbage collection, heap, memory and CPU. Returns a function that stops it.
 */
export function startRuntimeMetrics(): () => void {
  const monitor = monitorEventLoop()
  const sources: Sources = {
    eventLoop: oncePerTurn(monitor.read),
    eventLoopTime: oncePerTurn(() => performance.eventLoopUtilization()),
    heapSpaces: oncePerTurn(getHeapSpaceStatistics),
  }
  const observations = runtimeMetrics.map(([name, create, unit, description, observation]) =>
    create(name, observation(sources), { unit, description }),
  )
  const stopGarbageCollection = measureGarbageCollection()
  return () => {
    stopGarbageCollection()
    monitor.stop()
    for (const observation of observations) observation.remove()
  }
}

/**
 * Reads at most once per turn of the event loop: one collection asks for each value several times.
 */
function oncePerTurn<T>(read: () => T): () => T {
  let cached: { readonly value: T } | undefined
  return () => {
    if (cached === undefined) {
      cached = { value: read() }
      setImmediate(() => {
        cached = undefined
      })
    }
    return cached.value
  }
}
