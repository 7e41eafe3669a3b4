import { monitorEventLoopDelay, performance } from 'node:perf_hooks'

/** Delays in seconds; the utilization is a share of 1. */
export interface EventLoop {
  readonly min: number
  readonly max: number
  readonly mean: number
  readonly stddev: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly utilization: number
}

export interface EventLoopMonitor {
  /** Undefined while there are too few samples. */
  read(): EventLoop | undefined
  stop(): void
}

const windowMs = 10_000
const minSamples = 5
const nsPerSecond = 1e9

/**
 * Monitors delay and utilization over windows of at least ten seconds. A reading does not start a
 * new window by itself, so that Prometheus and an exporter do not take each other's samples.
 */
export function monitorEventLoop(): EventLoopMonitor {
  const delays = monitorEventLoopDelay({ resolution: 10 })
  delays.enable()
  let windowStartMs = performance.now()
  let utilizationBefore = performance.eventLoopUtilization()
  let last: EventLoop | undefined

  return {
    read() {
      if (delays.count < minSamples) return last
      const utilization = performance.eventLoopUtilization()
      last = {
        min: delays.min / nsPerSecond,
        max: delays.max / nsPerSecond,
        mean: delays.mean / nsPerSecond,
        stddev: delays.stddev / nsPerSecond,
        p50: delays.percentile(50) / nsPerSecond,
        p90: delays.percentile(90) / nsPerSecond,
        p99: delays.percentile(99) / nsPerSecond,
        utilization: performance.eventLoopUtilization(utilization, utilizationBefore).utilization,
      }
      if (performance.now() - windowStartMs >= windowMs) {
        delays.reset()
        windowStartMs = performance.now()
        utilizationBefore = utilization
      }
      return last
    },
    stop() {
      delays.disable()
    },
  }
}
