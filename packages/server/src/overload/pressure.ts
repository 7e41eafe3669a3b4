import { monitorEventLoopDelay, performance } from 'node:perf_hooks'

export interface PressureLimits {
  /** 0 = no limit. */
  readonly loopDelayMs: number
  /** 0 to 1; 0 = no limit. */
  readonly utilization: number
}

export type PressureReason = 'loop_delay' | 'utilization'

/** How busy the event loop is, and which share of the requests is to be shed for that. */
export interface Pressure {
  readonly share: number
  readonly reason: PressureReason
  close(): void
}

const sampleMs = 500
const resolutionMs = 10
/** Some requests always pass: their end is how the work is seen to get less. */
const maxShare = 0.95

/**
 * The next share: it grows with the excess, and falls more slowly, since all at once would only make
 * the load come back at once.
 *
 * @param excess - load divided by its limit
 */
export function nextShare(share: number, excess: number): number {
  if (excess > 1) return Math.min(maxShare, share + 0.05 + 0.1 * Math.min(excess - 1, 2))
  return share < 0.02 ? 0 : share * 0.8
}

/** Looks at the event loop twice a second. The delays are of the last sample, not since the start. */
export function watchPressure({ loopDelayMs, utilization }: PressureLimits): Pressure {
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs })
  histogram.enable()
  let before = performance.eventLoopUtilization()
  const pressure = { share: 0, reason: 'loop_delay' as PressureReason, close }

  function sample(): void {
    const delayMs = Math.max(0, (histogram.mean || 0) / 1e6 - resolutionMs)
    histogram.reset()
    const now = performance.eventLoopUtilization()
    const used = performance.eventLoopUtilization(now, before).utilization
    before = now
    const byDelay = loopDelayMs > 0 ? delayMs / loopDelayMs : 0
    const byUse = utilization > 0 ? used / utilization : 0
    pressure.share = nextShare(pressure.share, Math.max(byDelay, byUse))
    if (Math.max(byDelay, byUse) > 1) {
      pressure.reason = byDelay >= byUse ? 'loop_delay' : 'utilization'
    }
  }

  const timer = setInterval(sample, sampleMs).unref()
  function close(): void {
    clearInterval(timer)
    histogram.disable()
  }
  return pressure
}
