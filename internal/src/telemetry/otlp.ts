import type * as grpcJs from '@grpc/grpc-js'
import type { OptionCheck } from '../options/check.ts'
import type { OtlpEnvironment } from './environment.ts'

/** What the exporters of traces and of metrics have in common. */
export interface OtlpOptions {
  /**
   * The collector: `http://collector:4317`, `https://…` for TLS. For http/protobuf the base URL, to which the path of the signal is
   * added. `OTEL_EXPORTER_OTLP_ENDPOINT`, and the variable of the signal, win.
   * @defaultValue 'http://localhost:4317' for grpc, 'http://localhost:4318' for http/protobuf
   */
  readonly endpoint?: string | undefined
  /** The protocol. http/protobuf needs the package that the README names. @defaultValue 'grpc' */
  readonly protocol?: 'grpc' | 'http/protobuf' | undefined
  /** Sent with each export, such as an API key. A name that `OTEL_EXPORTER_OTLP_HEADERS` has too is taken from there. @defaultValue none */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Longest time of one export, in milliseconds (integer >= 1). @defaultValue 10_000 */
  readonly timeoutMs?: number | undefined
  /** @defaultValue 'none' */
  readonly compression?: 'none' | 'gzip' | undefined
  /**
   * Certificates, where the system's are not enough or the collector asks for ours. Over grpc they need the package `@grpc/grpc-js`.
   * `OTEL_EXPORTER_OTLP_CERTIFICATE`, `_CLIENT_KEY` and `_CLIENT_CERTIFICATE` (files) win. @defaultValue the system's
   */
  readonly tls?: TlsOptions | undefined
}

/** PEM text. */
export interface TlsOptions {
  /** Certificate authorities that are trusted instead of the system's. */
  readonly ca?: string | Uint8Array | undefined
  /** Our certificate chain, with `key`. */
  readonly cert?: string | Uint8Array | undefined
  /** The private key of `cert`. */
  readonly key?: string | Uint8Array | undefined
}

export const otlpOptionNames = [
  'endpoint',
  'protocol',
  'headers',
  'timeoutMs',
  'compression',
  'tls',
] as const

/** Checks the values; names are the caller's to check, who may have more of them. */
export function checkOtlp(check: OptionCheck<string>, options: OtlpOptions): void {
  const { endpoint, protocol, headers, timeoutMs, compression, tls } = options
  if (endpoint !== undefined && !isBase(endpoint)) {
    throw check.error('endpoint', 'a URL that begins with http:// or https://', endpoint)
  }
  if (protocol !== undefined) check.oneOf('protocol', protocol, ['grpc', 'http/protobuf'])
  if (compression !== undefined) check.oneOf('compression', compression, ['none', 'gzip'])
  if (timeoutMs !== undefined) check.milliseconds('timeoutMs', timeoutMs, 1)
  if (headers !== undefined) {
    for (const [name, value] of Object.entries(check.object('headers', headers))) {
      // The value is a secret more often than not.
      if (typeof value !== 'string') throw check.secretError(`headers.${name}`, 'a string')
    }
  }
  const { cert, key } = check.options('tls', tls, ['ca', 'cert', 'key'])
  if ((cert === undefined) !== (key === undefined)) {
    throw check.secretError('tls', 'an object with cert and key together, or neither')
  }
}

const isBase = (url: unknown) =>
  typeof url === 'string' && /^https?:\/\/[^/]/.test(url) && URL.canParse(url)

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
