import type * as grpcJs from '@grpc/grpc-js'
import type { OtlpEnvironment } from './environment.ts'
import { watchAnswers } from './otlp-answers.ts'
import { defaultMaxRequestBytes, type OtlpOptions, type TlsOptions } from './otlp-options.ts'

// A separate file, because packages check options on import, but load this file only to create an
// exporter.
export { checkOtlp, type OtlpOptions, otlpOptionNames, type TlsOptions } from './otlp-options.ts'

/**
 * What is passed to an OpenTelemetry exporter: the options that the environment does not set. The
 * exporters read the environment themselves, but prefer what is passed to them.
 */
export interface ExporterSettings {
  readonly endpoint: string | undefined
  /** Whether the endpoint is complete: the path of the signal is not appended. */
  readonly isComplete: boolean
  readonly headers: Readonly<Record<string, string>>
  readonly tls: TlsOptions | undefined
  readonly shared: Readonly<Record<string, unknown>>
}

export function exporterSettings(
  options: OtlpOptions,
  environment: OtlpEnvironment,
): ExporterSettings {
  const { endpoint, headers = {}, timeoutMs, compression, tls } = options
  const fromEnvironment = environment.headers()
  const hasFiles = ['CERTIFICATE', 'CLIENT_KEY', 'CLIENT_CERTIFICATE'].some((name) =>
    environment.isSet(name),
  )
  return {
    endpoint: environment.value('ENDPOINT') ?? endpoint,
    isComplete: environment.isOwn('ENDPOINT'),
    headers: {
      ...withoutOverridden(headers, fromEnvironment.headers),
      // Otherwise the exporter reads them itself.
      ...(fromEnvironment.hasIllegal ? fromEnvironment.headers : {}),
    },
    tls: hasFiles ? undefined : tls,
    shared: {
      ...(timeoutMs === undefined || environment.isSet('TIMEOUT')
        ? {}
        : { timeoutMillis: timeoutMs }),
      ...(compression === undefined || environment.isSet('COMPRESSION') ? {} : { compression }),
    },
  }
}

/**
 * Calls `create`, whatever headers are in the environment, and makes the exporter tell what it
 * hides.
 */
export function createExporter<T extends object>(
  { maxRequestBytes = defaultMaxRequestBytes }: OtlpOptions,
  environment: OtlpEnvironment,
  create: () => T,
): T {
  const { hasIllegal } = environment.headers()
  const exporter = hasIllegal ? environment.withoutHeaders(create) : create()
  watchAnswers(exporter, maxRequestBytes)
  return exporter
}

/** The configuration of a gRPC exporter. TLS options need grpc-js. */
export function grpcConfig(
  { endpoint = 'http://localhost:4317', headers, tls, shared }: ExporterSettings,
  grpc?: typeof grpcJs,
): object {
  // The exporter only calls `clone` and `getMap`, so there is no need to load grpc-js for its
  // Metadata.
  const metadata = { clone: () => metadata, getMap: () => headers }
  const credentials =
    tls && grpc?.credentials.createSsl(bytes(tls.ca), bytes(tls.key), bytes(tls.cert))
  return {
    ...shared,
    url: endpoint,
    ...(credentials === undefined ? {} : { credentials }),
    metadata,
  }
}

/** The configuration of an HTTP exporter, whose URL ends in `path`. */
export function httpConfig(
  { endpoint = 'http://localhost:4318', isComplete, headers, tls, shared }: ExporterSettings,
  path: string,
): object {
  return {
    ...shared,
    headers: { ...headers },
    url: isComplete ? withScheme(endpoint) : withPath(withScheme(endpoint), path),
    ...(tls === undefined
      ? {}
      : { httpAgentOptions: { ca: bytes(tls.ca), key: bytes(tls.key), cert: bytes(tls.cert) } }),
  }
}

// As the gRPC exporter does.
const withScheme = (endpoint: string) =>
  endpoint.includes('://') ? endpoint : `https://${endpoint}`

/** Appends `path` to the path of a URL, before its query. */
function withPath(endpoint: string, path: string): string {
  const url = new URL(endpoint)
  const base = url.pathname.replace(/\/+$/, '')
  url.pathname = base.endsWith(path) ? base : base + path
  return url.href
}

const bytes = (pem: string | Uint8Array | undefined) =>
  pem === undefined ? null : Buffer.from(pem)

function withoutOverridden(
  headers: Readonly<Record<string, string>>,
  overriding: Readonly<Record<string, string>>,
): Record<string, string> {
  const overridden = new Set(Object.keys(overriding).map((name) => name.toLowerCase()))
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !overridden.has(name.toLowerCase())),
  )
}
