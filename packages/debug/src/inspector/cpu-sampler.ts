import { bounded, wait } from './capture.ts'
import { call, connect } from './inspector.ts'
import type { V8CpuProfile } from './v8-profiles.ts'

export interface CpuSamples {
  readonly startedAtMs: number
  readonly profile: V8CpuProfile
  /** CPU time of the whole process meanwhile. */
  readonly processCpuMicros: number
}

export interface Sampling {
  readonly intervalMicros: number
  readonly seconds: number
  /** Whether garbage is collected first. */
  readonly gc: boolean
  readonly signal: AbortSignal | undefined
}

/** Samples what this thread runs. */
export function sampleCpu({ intervalMicros, seconds, gc, signal }: Sampling): Promise<CpuSamples> {
  return bounded(async () => {
    const session = await connect()
    try {
      await call(session, 'Profiler.enable')
      await call(session, 'Profiler.setSamplingInterval', { interval: intervalMicros })
      // V8 does not tell its profiler of loops that it optimized before, while they ran, and the
      // caller would get their time. Collected, they are optimized again, and known.
      if (gc) await call(session, 'HeapProfiler.collectGarbage')
      const startedAtMs = Date.now()
      const before = process.cpuUsage()
      await call(session, 'Profiler.start')
      await wait(seconds * 1000, signal)
      const { profile } = await call<{ profile: V8CpuProfile }>(session, 'Profiler.stop')
      const { user, system } = process.cpuUsage(before)
      return { startedAtMs, profile, processCpuMicros: user + system }
    } finally {
      session.disconnect()
    }
  })
}
