import type { Metadata, StatusObject } from '@grpc/grpc-js'
import type { Denied } from '../guard/answer.ts'

/** What a call that is denied is answered, by the status of HTTP. */
const codes: Readonly<Record<number, readonly [code: number, details: string]>> = {
  400: [16, 'the credential cannot be read'],
  401: [16, 'a valid credential is needed'],
  403: [7, 'the call is not permitted'],
  429: [8, 'too many failures or requests'],
  503: [14, 'a dependency is down'],
}

/** Fails closed for a status that is not in the list. */
const otherwise = [7, 'the call is not permitted'] as const

/**
 * @param metadata - an empty one, for the trailers: the challenges, and when to try again (gRFC A6:
 *   clients with a retry policy wait that long)
 */
export function statusOfDenied({ status, headers }: Denied, metadata: Metadata): StatusObject {
  const [code, details] = codes[status] ?? otherwise
  for (const challenge of [headers['WWW-Authenticate'] ?? []].flat()) {
    metadata.add('www-authenticate', challenge)
  }
  const seconds = headers['Retry-After']
  if (seconds !== undefined) metadata.set('grpc-retry-pushback-ms', String(Number(seconds) * 1_000))
  return { code, details, metadata }
}
