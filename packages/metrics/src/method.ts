import { variable } from './environment.ts'

export const METHODS: readonly string[] = [
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

/** The methods that are told apart; a method is somebody else's text, and must not make series. */
export function knownMethods(given: readonly string[] = METHODS): (method: unknown) => string {
  const known = new Set(
    variable('OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS')
      ?.split(',')
      .map((method) => method.trim()) ?? given,
  )
  return (method) => (typeof method === 'string' && known.has(method) ? method : '_OTHER')
}
