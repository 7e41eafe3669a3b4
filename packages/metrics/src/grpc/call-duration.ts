import { statusName } from '@clew/internal/grpc/status'
import { createDistribution } from '../instruments/distribution.ts'

/**
 * Creates the histogram, and returns a function that starts a clock for one method. That returns a
 * function that stops the clock with the status code.
 */
export function createCallDuration(
  metric: string,
  description: string,
): (method: string) => (code: number, isError: boolean) => void {
  const duration = createDistribution(metric, { unit: 's', description })
  return (method) => {
    const startMs = performance.now()
    return (code, isError) => {
      const status = statusName(code)
      duration((performance.now() - startMs) / 1000, {
        'rpc.system.name': 'grpc',
        'rpc.method': method,
        'rpc.status_code': status,
        ...(isError ? { 'error.type': status } : {}),
      })
    }
  }
}
