import type { HrTime } from '@opentelemetry/api'

/** The time in the form of OpenTelemetry: seconds since the epoch, and nanoseconds. */
export function now(): HrTime {
  const ms = Date.now()
  return [Math.floor(ms / 1000), (ms % 1000) * 1e6]
}
