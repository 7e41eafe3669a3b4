import type { OptionCheck } from '../options/check.ts'
import { headerRule, isHeader } from './otlp-headers.ts'

/** The options that the exporters of traces and metrics share. */
export interface OtlpOptions {
  /**
   * The collector: `http://collector:4317`, or `https://…` for TLS. For http/protobuf the base URL,
   * to whose path the signal's is appended; a query is kept. `OTEL_EXPORTER_OTLP_ENDPOINT` and the
   * signal's own variable take precedence.
   * @defaultValue 'http://localhost:4317' for grpc, 'http://localhost:4318' for http/protobuf
   */
  readonly endpoint?: string | undefined
  /**
   * The protocol. http/protobuf needs an extra package, which the README names.
   * @defaultValue 'grpc'
   */
  readonly protocol?: 'grpc' | 'http/protobuf' | undefined
  /**
   * Headers to send with each export, such as an API key. A header that
   * `OTEL_EXPORTER_OTLP_HEADERS` also sets is taken from there.
   * @defaultValue none
   */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** The timeout of one export, in milliseconds (integer >= 1). @defaultValue 10_000 */
  readonly timeoutMs?: number | undefined
  /**
   * Most bytes of one export before compression (integer from 1024 to 2**30). A larger batch is
   * split. Receivers in Go, such as the OpenTelemetry Collector, take 4 MiB.
   * @defaultValue 4_000_000
   */
  readonly maxRequestBytes?: number | undefined
  /** @defaultValue 'none' */
  readonly compression?: 'none' | 'gzip' | undefined
  /**
   * Certificates, if the system's certificate authorities are not enough or the collector requires
   * a client certificate. With grpc they need the package `@grpc/grpc-js`.
   * `OTEL_EXPORTER_OTLP_CERTIFICATE`, `_CLIENT_KEY` and `_CLIENT_CERTIFICATE` (files) take
   * precedence.
   * @defaultValue the system's
   */
  readonly tls?: TlsOptions | undefined
}

/** Certificates and keys in PEM format. */
export interface TlsOptions {
  /** Certificate authorities to trust instead of the system's. */
  readonly ca?: string | Uint8Array | undefined
  /** The client certificate chain; needs `key`. */
  readonly cert?: string | Uint8Array | undefined
  /** The private key of `cert`. */
  readonly key?: string | Uint8Array | undefined
}

export const otlpOptionNames = [
  'endpoint',
  'protocol',
  'headers',
  'timeoutMs',
  'maxRequestBytes',
  'compression',
  'tls',
] as const

export const defaultMaxRequestBytes = 4_000_000

/** Checks the values. The caller checks the names, since it may have further options. */
export function checkOtlp(check: OptionCheck<string>, options: OtlpOptions): void {
  const { endpoint, protocol, headers, timeoutMs, maxRequestBytes, compression, tls } = options
  if (endpoint !== undefined && !isBase(endpoint)) {
    throw check.error('endpoint', 'a URL that begins with http:// or https://', endpoint)
  }
  if (protocol !== undefined) check.oneOf('protocol', protocol, ['grpc', 'http/protobuf'])
  if (compression !== undefined) check.oneOf('compression', compression, ['none', 'gzip'])
  if (timeoutMs !== undefined) check.milliseconds('timeoutMs', timeoutMs, 1)
  if (maxRequestBytes !== undefined) {
    check.integer('maxRequestBytes', maxRequestBytes, { min: 1024, max: 2 ** 30 })
  }
  if (headers !== undefined) {
    for (const [name, value] of Object.entries(check.object('headers', headers))) {
      // The value is usually a secret.
      if (typeof value !== 'string') throw check.secretError(`headers.${name}`, 'a string')
      if (!isHeader(name, value)) throw check.secretError(`headers.${name}`, headerRule)
    }
  }
  const { cert, key } = check.options('tls', tls, ['ca', 'cert', 'key'])
  if ((cert === undefined) !== (key === undefined)) {
    throw check.secretError('tls', 'an object with cert and key together, or neither')
  }
}

const isBase = (url: unknown) =>
  typeof url === 'string' && /^https?:\/\/[^/]/.test(url) && URL.canParse(url)
