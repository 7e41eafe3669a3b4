import type * as grpcJs from '@grpc/grpc-js'
import type { OtlpEnvironment } from './environment.ts'
import type { OtlpOptions, TlsOptions } from './otlp-options.ts'

// In a file of their own: a package checks options at once, and creates an exporter only later.
export { checkOtlp, type OtlpOptions, otlpOptionNames, type TlsOptions } from './otlp-options.ts'

/**
 * What an exporter of the OpenTelemetry project is told: what the options say and the environment does not. The exporters read the
 * environment themselves, and prefer what they are told.
 */
export interface ExporterSettings {
  readonly url: string | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly tls: TlsOptions | undefined
  readonly shared: Readonly<Record<string, unknown>>
}

export function exporterSettings(
  options: OtlpOptions,
  environment: OtlpEnvironment,
): ExporterSettings {
  const { endpoint, headers = {}, timeoutMs, compression, tls } = options
  const hasFiles = ['CERTIFICATE', 'CLIENT_KEY', 'CLIENT_CERTIFICATE'].some((name) =>
    environment.isSet(name),
  )
  return {
    url: environment.isSet('ENDPOINT') ? undefined : endpoint,
    headers: withoutThose(headers, environment.value('HEADERS')),
    tls: hasFiles ? undefined : tls,
    shared: {
      ...(timeoutMs === undefined || environment.isSet('TIMEOUT')
        ? {}
        : { timeoutMillis: timeoutMs }),
      ...(compression === undefined || environment.isSet('COMPRESSION') ? {} : { compression }),
    },
  }
}

/** For an exporter over gRPC. Certificates need grpc-js. */
export function grpcConfig(
  { url, headers, tls, shared }: ExporterSettings,
  grpc?: typeof grpcJs,
): object {
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
export function httpConfig({ url, headers, tls, shared }: ExporterSettings, path: string): object {
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
