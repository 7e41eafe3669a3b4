import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-node'
import { badOption, checkNumber } from './errors.ts'

/** Where spans go. It is made when `configure` asks for it, and nothing is loaded before. */
export interface Exporter {
  readonly name: string
  load(): Promise<SpanExporter>
}

export interface OtlpOptions {
  /**
   * The collector: `http://collector:4317`, `https://…` for TLS. For http/protobuf the base URL; `/v1/traces` is added.
   * Overruled by `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` and `OTEL_EXPORTER_OTLP_ENDPOINT`.
   * @defaultValue 'http://localhost:4317' for grpc, 'http://localhost:4318' for http/protobuf
   */
  readonly endpoint?: string
  /** What goes over the wire. http/protobuf needs the package `@opentelemetry/exporter-trace-otlp-proto`. @defaultValue 'grpc' */
  readonly protocol?: 'grpc' | 'http/protobuf'
  /** Sent with each export, such as an API key. A name that `OTEL_EXPORTER_OTLP_HEADERS` has too is taken from there. @defaultValue none */
  readonly headers?: Readonly<Record<string, string>>
  /** Longest time of one export, in milliseconds (integer >= 1). @defaultValue 10_000 */
  readonly timeoutMs?: number
  /** @defaultValue 'none' */
  readonly compression?: 'none' | 'gzip'
  /**
   * Certificates, where the system's are not enough or the collector asks for ours. Over grpc they need the package `@grpc/grpc-js`.
   * `OTEL_EXPORTER_OTLP_CERTIFICATE`, `_CLIENT_KEY` and `_CLIENT_CERTIFICATE` (files) overrule them. @defaultValue the system's
   */
  readonly tls?: TlsOptions
}

/** PEM text. */
export interface TlsOptions {
  /** Whom to trust instead of the system's certificate authorities. */
  readonly ca?: string | Uint8Array
  /** Our certificate chain, with `key`. */
  readonly cert?: string | Uint8Array
  readonly key?: string | Uint8Array
}

/** OTLP, over gRPC or HTTP. Every `OTEL_EXPORTER_OTLP_*` variable applies, and wins over the options. */
export function otlp(options: OtlpOptions = {}): Exporter {
  const { endpoint, protocol = 'grpc', timeoutMs, compression, tls } = options
  if (endpoint !== undefined && !/^https?:\/\/[^/]/.test(endpoint)) {
    throw badOption('endpoint', 'a URL that begins with http:// or https://', endpoint)
  }
  if (protocol !== 'grpc' && protocol !== 'http/protobuf') {
    throw badOption('protocol', `'grpc' or 'http/protobuf'`, protocol)
  }
  if (compression !== undefined && compression !== 'none' && compression !== 'gzip') {
    throw badOption('compression', `'none' or 'gzip'`, compression)
  }
  if (tls !== undefined && (tls.cert === undefined) !== (tls.key === undefined)) {
    throw badOption('tls', 'cert and key together', 'one of them')
  }
  checkNumber('timeoutMs', timeoutMs, { min: 1 })

  return {
    name: 'otlp',
    async load() {
      const { loadOtlp } = await import('./otlp.ts')
      return loadOtlp({ ...options, protocol })
    },
  }
}

export const isLazy = (exporter: Exporter | SpanExporter): exporter is Exporter =>
  typeof (exporter as Exporter).load === 'function'

/** One line a span on stdout, for development. */
export function console(): Exporter {
  return {
    name: 'console',
    load: async () => ({
      export(spans, done) {
        for (const span of spans) process.stdout.write(`${lineOf(span)}\n`)
        done({ code: 0 })
      },
      shutdown: async () => {},
    }),
  }
}

const kinds = ['internal', 'server', 'client', 'producer', 'consumer']

function lineOf(span: ReadableSpan): string {
  const { traceId, spanId } = span.spanContext()
  const ms = span.duration[0] * 1e3 + span.duration[1] / 1e6
  const status =
    span.status.code === 2 ? `error ${JSON.stringify(span.status.message ?? '')}` : 'ok'
  const parent = span.parentSpanContext ? ` parent=${span.parentSpanContext.spanId}` : ''
  return `span ${JSON.stringify(span.name)} ${kinds[span.kind]} ${ms.toFixed(1)}ms ${status} trace=${traceId} span=${spanId}${parent} ${JSON.stringify(span.attributes)}`
}
