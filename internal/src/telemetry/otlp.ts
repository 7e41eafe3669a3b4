import type * as grpcJs from '@grpc/grpc-js'
import type { OtlpEnvironment } from './environment.ts'
import type { OtlpOptions, TlsOptions } from './otlp-options.ts'

// A separate file, because packages check options on import, but load this file only to create an
// exporter.
export { checkOtlp, type OtlpOptions, otlpOptionNames, type TlsOptions } from './otlp-options.ts'

/**
 * What is passed to an OpenTelemetry exporter: the options that the environment does not set. The
 * exporters read the environment themselves, but prefer what is passed to them.
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
    headers: withoutOverridden(headers, environment.value('HEADERS')),
    tls: hasFiles ? undefined : tls,
    shared: {
      ...(timeoutMs === undefined || environment.isSet('TIMEOUT')
        ? {}
        : { timeoutMillis: timeoutMs }),
      ...(compression === undefined || environment.isSet('COMPRESSION') ? {} : { compression }),
    },
  }
}

/** The configuration of a gRPC exporter. TLS options need grpc-js. */
export function grpcConfig(
  { url, headers, tls, shared }: ExporterSettings,
  grpc?: typeof grpcJs,
): object {
  // The exporter only calls `clone` and `getMap`, so there is no need to load grpc-js for its
  // Metadata.
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

/** The configuration of an HTTP exporter, whose URL ends in `path`. */
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

function withoutOverridden(
  headers: Readonly<Record<string, string>>,
  fromEnvironment: string | undefined,
): Record<string, string> {
  const overridden = new Set(
    (fromEnvironment ?? '').split(',').map((pair) => pair.split('=')[0]?.trim().toLowerCase()),
  )
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !overridden.has(name.toLowerCase())),
  )
}
