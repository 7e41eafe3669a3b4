const known: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'CONNECT',
  'OPTIONS',
  'TRACE',
  'PATCH',
  'QUERY',
])

/**
 * The method if the conventions know it, else `_OTHER`: a method comes from the client, and must
 * not become the name of a span.
 */
export const knownMethod = (method: string): string => (known.has(method) ? method : '_OTHER')

/** The name of a span whose route is not known. */
export const nameOf = (knownMethod: string): string =>
  knownMethod === '_OTHER' ? 'HTTP' : knownMethod
