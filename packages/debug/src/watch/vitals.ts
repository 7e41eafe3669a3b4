import { constants, monitorEventLoopDelay, PerformanceObserver, performance } from 'node:perf_hooks'

/** How the process did for a second. */
export interface Vitals {
  /** The end of that second, in milliseconds since 1970. */
  readonly atMs: number
  /** How late the event loop came: the slowest of a hundred, and the worst. */
  readonly loopP99Ms: number
  readonly loopMaxMs: number
  /** The share of the time in which the event loop was not idle: 0 to 1. Null at first. */
  readonly utilization: number | null
  /** CPU time of the whole process, in cores: 1 is one core, all the time. Null at first. */
  readonly cpuCores: number | null
  readonly rssBytes: number
  readonly heapUsedBytes: number
  readonly heapTotalBytes: number
  /** Buffers and what else V8 knows of outside its heap. */
  readonly externalBytes: number
  /** Collections in that second; `major` ones look at the whole heap. */
  readonly collections: number
  readonly majorCollections: number
  readonly collectionMs: number
}

export interface VitalsMonitor {
  /** What happened since the last reading. */
  read(): Vitals
  stop(): void
}

/** What an entry of the collector has besides; Node's types leave it out. */
interface Collected {
  readonly detail?: { readonly kind?: number }
}

const resolutionMs = 10
/** What happened in less says nothing of a second. */
const shortestMs = 100
const round = (value: number, digits: number) => Number(value.toFixed(digits))

/** Observes the event loop and the collector until it is stopped. */
export function monitorVitals(): VitalsMonitor {
  const delays = monitorEventLoopDelay({ resolution: resolutionMs })
  delays.enable()
  let collected = { all: 0, major: 0, ms: 0 }
  const collector = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { duration, detail } = entry as typeof entry & Collected
      collected.all++
      if (detail?.kind === constants.NODE_PERFORMANCE_GC_MAJOR) collected.major++
      collected.ms += duration
    }
  })
  collector.observe({ entryTypes: ['gc'] })
  let beforeMs = performance.now()
  let utilizationBefore = performance.eventLoopUtilization()
  let cpuBefore = process.cpuUsage()

  /** The histogram has the time between two rounds, which are `resolutionMs` apart if nothing is late. */
  const lateMs = (nanos: number) =>
    delays.count === 0 ? 0 : round(Math.max(0, nanos / 1e6 - resolutionMs), 1)

  return {
    read() {
      const nowMs = performance.now()
      const utilization = performance.eventLoopUtilization()
      const cpu = process.cpuUsage(cpuBefore)
      const memory = process.memoryUsage()
      const elapsedMs = nowMs - beforeMs
      const isTooShort = elapsedMs < shortestMs
      const vitals: Vitals = {
        atMs: Date.now(),
        loopP99Ms: lateMs(delays.percentile(99)),
        loopMaxMs: lateMs(delays.max),
        utilization: isTooShort
          ? null
          : round(performance.eventLoopUtilization(utilization, utilizationBefore).utilization, 3),
        cpuCores: isTooShort ? null : round((cpu.user + cpu.system) / 1000 / elapsedMs, 3),
        rssBytes: memory.rss,
        heapUsedBytes: memory.heapUsed,
        heapTotalBytes: memory.heapTotal,
        externalBytes: memory.external,
        collections: collected.all,
        majorCollections: collected.major,
        collectionMs: round(collected.ms, 1),
      }
      delays.reset()
      collected = { all: 0, major: 0, ms: 0 }
      beforeMs = nowMs
      utilizationBefore = utilization
      cpuBefore = process.cpuUsage()
      return vitals
    },
    stop() {
      delays.disable()
      collector.disconnect()
    },
  }
}
