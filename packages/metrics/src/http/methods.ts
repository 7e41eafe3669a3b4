import { variable } from '@clew/internal/telemetry/variable'

export const standardMethods: readonly string[] = [
  'CONNECT',
  'DELETE',
  'GET',
  'HEAD',
  'OPTIONS',
  'PATCH',
  'POST',
  'PUT',
  'QUERY',
  'TRACE',
]

/**
 * Returns a function that gives the label for a method: `_OTHER` for unknown ones, since clients
 * choose the method and must not be able to create series.
 */
export function methodLabels(known: readonly string[]): (method: unknown) => string {
  const fromEnvironment = variable('OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS')?.split(',')
  const methods = new Set(fromEnvironment?.map((method) => method.trim()) ?? known)
  return (method) => (typeof method === 'string' && methods.has(method) ? method : '_OTHER')
}
