import { createDistribution } from '../instruments/distribution.ts'

// The names of `status` in grpc-js, so that it need not be loaded.
const statusNames = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
]

/**
 * Creates the histogram, and returns a function that starts a clock for one method. That returns a
 * function that stops the clock with the status code; only its first call counts.
 * @param isError - whether a status code is an error
 */
export function createCallDuration(
  metric: string,
  description: string,
  isError: (code: number) => boolean,
): (method: string) => (code: number) => void {
  const duration = createDistribution(metric, { unit: 's', description })
  return (method) => {
    const startMs = performance.now()
    let hasEnded = false
    return (code) => {
      if (hasEnded) return
      hasEnded = true
      const status = statusNames[code] ?? String(code)
      duration((performance.now() - startMs) / 1000, {
        'rpc.system.name': 'grpc',
        'rpc.method': method,
        'rpc.status_code': status,
        ...(isError(code) ? { 'error.type': status } : {}),
      })
    }
  }
}

/** `package.Service/Method`. */
export function methodOf(path: string): string {
  return path.startsWith('/') ? path.slice(1) : path
}
