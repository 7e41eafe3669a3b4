import type * as grpcJs from '@grpc/grpc-js'
import { otlpValue } from './environment.ts'
import type { OtlpOptions, TlsOptions } from './exporter.ts'

/**
 * What an exporter of the OpenTelemetry project is told: what the options say and the environment does not. The exporters read
 * the environment themselves, and prefer what they are given.
 */
export interface OwnOtlp {
  readonly url: string | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly tls: TlsOptions | undefined
  readonly shared: Readonly<Record<string, unknown>>
}

export function ownOtlp(options: OtlpOptions): OwnOtlp {
  const { endpoint, headers = {}, timeoutMs, compression, tls } = options
  const isSet = (name: string) => otlpValue(name) !== undefined
  return {
    url: isSet('ENDPOINT') ? undefined : endpoint,
    headers: withoutThose(headers, otlpValue('HEADERS')),
    tls: ['CERTIFICATE', 'CLIENT_KEY', 'CLIENT_CERTIFICATE'].some(isSet) ? undefined : tls,
    shared: {
      ...(timeoutMs === undefined || isSet('TIMEOUT') ? {} : { timeoutMillis: timeoutMs }),
      ...(compression === undefined || isSet('COMPRESSION') ? {} : { compression }),
    },
  }
}

/** For an exporter over gRPC. Certificates need grpc-js. */
export function grpcConfig({ url, headers, tls, shared }: OwnOtlp, grpc?: typeof grpcJs): object {
  // The exporter only clones these and reads their map, so there is no need to load grpc-js for a Metadata of its own.
  const metadata = { clone: () => metadata, getMap: () => headers }
  const credentials =
    tls && grpc?.credentials.createSsl(bytes(tls.ca), bytes(tls.key), bytes(tls.cert))
  return {
    ...shared,
    ...(url === undefined ? {} : { url }),
    ...(credentials === undefined ? {} : { credentials }),
    metadata,
  }
}

/** For an exporter over HTTP, whose URL ends in `path`. */
export function httpConfig({ url, headers, tls, shared }: OwnOtlp, path: string): object {
  const base = url?.replace(/\/+$/, '')
  return {
    ...shared,
    headers: { ...headers },
    ...(base === undefined ? {} : { url: base.endsWith(path) ? base : base + path }),
    ...(tls === undefined
      ? {}
      : { httpAgentOptions: { ca: bytes(tls.ca), key: bytes(tls.key), cert: bytes(tls.cert) } }),
  }
}

const bytes = (pem: string | Uint8Array | undefined) =>
  pem === undefined ? null : Buffer.from(pem)

function withoutThose(
  headers: Readonly<Record<string, string>>,
  fromEnvironment: string | undefined,
): Record<string, string> {
  const taken = new Set(
    (fromEnvironment ?? '').split(',').map((pair) => pair.split('=')[0]?.trim().toLowerCase()),
  )
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !taken.has(name.toLowerCase())),
  )
}
