import type { PushMetricExporter, ResourceMetrics } from '@opentelemetry/sdk-metrics'
import { badOption, checkInteger } from './errors.ts'

/** Where metrics go. It is made when `configure` asks for it, and nothing is loaded before. */
export interface Exporter {
  readonly name: string
  load(): Promise<PushMetricExporter>
}

/** Takes what {@link otlp} and {@link console} give, and any exporter of OpenTelemetry, told by their shape. */
export function lazyExporter(given: Exporter | PushMetricExporter): Exporter {
  const { load, export: exports } = (given ?? {}) as Partial<Exporter & PushMetricExporter>
  if (typeof load === 'function') return given as Exporter
  if (typeof exports === 'function') {
    return { name: 'own exporter', load: async () => given as PushMetricExporter }
  }
  throw badOption('exporter', 'metrics.otlp(), metrics.console() or a PushMetricExporter', given)
}

export interface OtlpOptions {
  /**
   * The collector: `http://collector:4317`, `https://…` for TLS. For http/protobuf the base URL; `/v1/metrics` is added.
   * Overruled by `OTEL_EXPORTER_OTLP_METRICS_ENDPOINT` and `OTEL_EXPORTER_OTLP_ENDPOINT`.
   * @defaultValue 'http://localhost:4317' for grpc, 'http://localhost:4318' for http/protobuf
   */
  readonly endpoint?: string
  /** What goes over the wire. http/protobuf needs the package `@opentelemetry/exporter-metrics-otlp-proto`. @defaultValue 'grpc' */
  readonly protocol?: 'grpc' | 'http/protobuf'
  /** Sent with each export, such as an API key. A name that `OTEL_EXPORTER_OTLP_HEADERS` has too is taken from there. @defaultValue none */
  readonly headers?: Readonly<Record<string, string>>
  /** Longest time of one export, in milliseconds (integer >= 1). @defaultValue 10_000 */
  readonly timeoutMs?: number
  /** @defaultValue 'none' */
  readonly compression?: 'none' | 'gzip'
  /**
   * Whether sums count from the start (`cumulative`, what Prometheus-like back ends want) or since the last export (`delta`), or the
   * cheapest of both (`lowmemory`). @defaultValue 'cumulative'
   */
  readonly temporality?: 'cumulative' | 'delta' | 'lowmemory'
  /** The histograms' buckets: the bounds they were given, or base-2 exponential ones, which need none. @defaultValue 'explicit' */
  readonly histograms?: 'explicit' | 'exponential'
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
  /** The private key of `cert`. */
  readonly key?: string | Uint8Array
}

/** The SDK's AggregationTemporalityPreference, whose values are part of its public API. */
export const TEMPORALITIES = { delta: 0, cumulative: 1, lowmemory: 2 } as const

/** OTLP, over gRPC or HTTP. Every `OTEL_EXPORTER_OTLP_*` variable applies, and wins over the options. */
export function otlp(options: OtlpOptions = {}): Exporter {
  const {
    endpoint,
    protocol = 'grpc',
    timeoutMs,
    compression,
    temporality,
    histograms = 'explicit',
    tls,
  } = options
  if (endpoint !== undefined && !isBase(endpoint)) {
    throw badOption('endpoint', 'a URL that begins with http:// or https://', endpoint)
  }
  if (protocol !== 'grpc' && protocol !== 'http/protobuf') {
    throw badOption('protocol', `'grpc' or 'http/protobuf'`, protocol)
  }
  if (compression !== undefined && compression !== 'none' && compression !== 'gzip') {
    throw badOption('compression', `'none' or 'gzip'`, compression)
  }
  if (temporality !== undefined && !Object.hasOwn(TEMPORALITIES, temporality)) {
    throw badOption('temporality', `'cumulative', 'delta' or 'lowmemory'`, temporality)
  }
  if (histograms !== 'explicit' && histograms !== 'exponential') {
    throw badOption('histograms', `'explicit' or 'exponential'`, histograms)
  }
  if (tls !== undefined && (tls.cert === undefined) !== (tls.key === undefined)) {
    throw badOption('tls', 'cert and key together', 'one of them')
  }
  checkInteger('timeoutMs', timeoutMs, 1)

  return {
    name: 'otlp',
    async load() {
      const { loadOtlp } = await import('./otlp.ts')
      return loadOtlp({ ...options, protocol })
    },
  }
}

const isBase = (url: unknown) =>
  typeof url === 'string' && /^https?:\/\/[^/]/.test(url) && URL.canParse(url)

/** One line a measurement on stdout, for development. */
export function console(): Exporter {
  return {
    name: 'console',
    load: async () => ({
      export(collected, done) {
        for (const line of linesOf(collected)) process.stdout.write(`${line}\n`)
        done({ code: 0 })
      },
      forceFlush: async () => {},
      shutdown: async () => {},
    }),
  }
}

function* linesOf({ scopeMetrics }: ResourceMetrics): Generator<string> {
  for (const { metrics } of scopeMetrics) {
    for (const { descriptor, dataPoints } of metrics) {
      for (const { attributes, value } of dataPoints) {
        const shown =
          typeof value === 'number'
            ? String(value)
            : `count=${value.count} sum=${value.sum} min=${value.min} max=${value.max}`
        yield `metric ${descriptor.name} ${shown}${descriptor.unit && ` ${descriptor.unit}`} ${JSON.stringify(attributes)}`
      }
    }
  }
}
