import { bounded, wait } from './capture.ts'
import { call, connect } from './inspector.ts'
import type { V8CpuProfile } from './v8-profiles.ts'

export interface CpuSamples {
  readonly startedAtMs: number
  readonly profile: V8CpuProfile
  /** CPU time of the whole process meanwhile. */
  readonly processCpuMicros: number
}

/** Samples what this thread runs, every `intervalMicros`, for `seconds`. */
export function sampleCpu(
  intervalMicros: number,
  seconds: number,
  signal: AbortSignal | undefined,
): Promise<CpuSamples> {
  return bounded(async () => {
    const session = await connect()
    try {
      await call(session, 'Profiler.enable')
      await call(session, 'Profiler.setSamplingInterval', { interval: intervalMicros })
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
