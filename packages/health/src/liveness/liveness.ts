import type { Report } from '@clew/internal/reports/reporter'
import { monotonicMs } from '@clew/internal/time/clock'
import type { LivenessLimits } from './options.ts'
import { createVitalsReader, type Vitals } from './vitals.ts'

/** Whether the process is still of use, as far as it can tell that itself. */
export interface Liveness {
  /** Why not; `undefined` as long as it is. */
  complaint(): Complaint | undefined
  stop(): void
}

export type Complaint = 'event loop blocked' | 'heap full'

// Taken when the module is loaded: under fake timers, the loop would seem to be blocked.
const { setInterval, clearInterval } = globalThis

export function createLiveness(limits: LivenessLimits, report: (report: Report) => void): Liveness {
  const periodMs = Math.min(1_000, limits.sustainedMs / 10)
  const reader = createVitalsReader(periodMs)
  let since: number | undefined
  let complaint: Complaint | undefined

  const timer = setInterval(() => {
    const vitals = reader.read()
    const found = complaintOf(vitals, limits)
    const now = monotonicMs()
    since = found && (since ?? now)
    const next = since !== undefined && now - since >= limits.sustainedMs ? found : undefined
    if ((next === undefined) !== (complaint === undefined)) report(reportOf(next, vitals, limits))
    complaint = next
  }, periodMs)
  timer.unref()

  return {
    complaint: () => complaint,
    stop() {
      clearInterval(timer)
      reader.stop()
      complaint = undefined
    },
  }
}

function complaintOf(
  { loopDelayMs, heapRatio }: Vitals,
  { maxLoopDelayMs, maxHeapRatio }: LivenessLimits,
): Complaint | undefined {
  if (loopDelayMs > maxLoopDelayMs) return 'event loop blocked'
  return heapRatio > maxHeapRatio ? 'heap full' : undefined
}

function reportOf(
  complaint: Complaint | undefined,
  { loopDelayMs, heapRatio }: Vitals,
  { sustainedMs }: LivenessLimits,
): Report {
  const fields = {
    loop_delay_ms: Math.round(loopDelayMs),
    heap_ratio: Math.round(heapRatio * 1_000) / 1_000,
  }
  if (complaint === undefined) {
    return { type: 'health.liveness', level: 'info', message: 'liveness is back', fields }
  }
  const value =
    complaint === 'heap full'
      ? `${Math.round(heapRatio * 100)} % of its limit in use`
      : `${fields.loop_delay_ms} ms late`
  const message = `liveness fails: ${complaint} for ${sustainedMs / 1_000} s, ${value}`
  return { type: 'health.liveness', level: 'error', message, fields }
}
