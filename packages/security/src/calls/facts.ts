import { X509Certificate } from 'node:crypto'
import type { Metadata, ServerInterceptor } from '@grpc/grpc-js'
import type { RequestFacts } from '../requests/facts.ts'

export type ServerCall = Parameters<ServerInterceptor>[1]

/** A call as a policy sees it: its metadata are headers. */
export function factsOf(
  path: string,
  metadata: Metadata,
  { call, tls }: { readonly call: ServerCall; readonly tls: boolean },
): RequestFacts {
  const certificate = certificateOf(call)
  return {
    method: 'POST',
    url: path,
    headers: headersOf(metadata),
    peer: addressOf(call.getPeer()),
    tls: certificate === undefined ? tls : { certificate },
    source: call,
  }
}

/** Each value by itself: two credentials stay two. Binary values are no credentials. */
function headersOf(metadata: Metadata): readonly (readonly [string, string])[] {
  return Object.keys(metadata.getMap()).flatMap((name) =>
    metadata
      .get(name)
      .filter((value): value is string => typeof value === 'string')
      .map((value) => [name, value] as const),
  )
}

/** grpc-js writes `address:port`, also for IPv6, and `unknown` where there is no address. */
const addressOf = (peer: string): string => peer.replace(/:\d{1,5}$/, '')

/** grpc-js tells it only if its chain was verified. Earlier versions do not tell it. */
function certificateOf(call: ServerCall): X509Certificate | undefined {
  const raw = call.getAuthContext?.().sslPeerCertificate?.raw
  return raw === undefined ? undefined : new X509Certificate(raw)
}
