import type { PushMetricExporter } from '@opentelemetry/sdk-metrics'
import { otlpValue } from './environment.ts'
import { MetricsError } from './errors.ts'
import { type OtlpOptions, TEMPORALITIES } from './exporter.ts'
import { grpcConfig, httpConfig, type OwnOtlp, ownOtlp } from './own-otlp.ts'

/** The exporter of the OpenTelemetry project, with what the options say and the environment does not. */
export function loadOtlp(options: OtlpOptions): Promise<PushMetricExporter> {
  const own = ownOtlp(options)
  const preferences = preferencesOf(options)
  const wanted = otlpValue('PROTOCOL') ?? options.protocol ?? 'grpc'
  if (wanted === 'grpc') return grpc(own, preferences)
  if (wanted === 'http/protobuf') return http(own, preferences)
  throw new MetricsError(
    'ERR_METRICS_EXPORTER',
    `OTEL_EXPORTER_OTLP_PROTOCOL must be grpc or http/protobuf; received ${JSON.stringify(wanted.slice(0, 40))}`,
  )
}

// The SDK's AggregationType, whose values are part of its public API: DEFAULT 0, EXPONENTIAL_HISTOGRAM 5.
const aggregationPreference = (type: unknown) => ({ type: type === 'HISTOGRAM' ? 5 : 0 })

function preferencesOf({ temporality, histograms }: OtlpOptions): object {
  return {
    ...(temporality === undefined || otlpValue('TEMPORALITY_PREFERENCE') !== undefined
      ? {}
      : { temporalityPreference: TEMPORALITIES[temporality] }),
    ...(isExponential(histograms) ? { aggregationPreference } : {}),
  }
}

// The exporters of the SDK do not read this variable.
function isExponential(given: OtlpOptions['histograms']): boolean {
  const named = otlpValue('DEFAULT_HISTOGRAM_AGGREGATION')?.toLowerCase()
  if (named === 'base2_exponential_bucket_histogram') return true
  return named !== 'explicit_bucket_histogram' && given === 'exponential'
}

async function grpc(own: OwnOtlp, preferences: object): Promise<PushMetricExporter> {
  const { OTLPMetricExporter } = await import('@opentelemetry/exporter-metrics-otlp-grpc')
  const needed = own.tls && (await peer(() => import('@grpc/grpc-js'), '@grpc/grpc-js'))
  return new OTLPMetricExporter({ ...grpcConfig(own, needed), ...preferences })
}

async function http(own: OwnOtlp, preferences: object): Promise<PushMetricExporter> {
  const name = '@opentelemetry/exporter-metrics-otlp-proto'
  const { OTLPMetricExporter } = await peer(
    () => import('@opentelemetry/exporter-metrics-otlp-proto'),
    name,
  )
  return new OTLPMetricExporter({ ...httpConfig(own, '/v1/metrics'), ...preferences })
}

async function peer<T>(load: () => Promise<T>, name: string): Promise<T> {
  try {
    return await load()
  } catch (cause) {
    throw new MetricsError(
      'ERR_METRICS_PEER_MISSING',
      `this needs the package ${name}: npm install ${name}`,
      { cause },
    )
  }
}
