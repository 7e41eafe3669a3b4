import { show } from '@clew/internal/errors/show'
import type { OtlpEnvironment } from '@clew/internal/telemetry/environment'
import {
  createExporter,
  type ExporterSettings,
  exporterSettings,
  grpcConfig,
  httpConfig,
} from '@clew/internal/telemetry/otlp'
import { loadGrpcJs, type MissingPeer, peerHint } from '@clew/internal/telemetry/peer'
import type { PushMetricExporter } from '@opentelemetry/sdk-metrics'
import { MetricsError } from '../errors.ts'
import { createOtlpEnvironment } from './otlp-environment.ts'
import type { OtlpOptions } from './otlp-options.ts'

/** Loads the exporter of the OpenTelemetry project. The environment wins over the options. */
export async function loadOtlp(options: OtlpOptions): Promise<PushMetricExporter> {
  const environment = createOtlpEnvironment()
  const settings = exporterSettings(options, environment)
  const preferences = preferencesOf(options, environment)
  const protocol = environment.value('PROTOCOL') ?? options.protocol ?? 'grpc'
  if (protocol === 'grpc')
    return createExporter(options, environment, await loadGrpc(settings, preferences))
  if (protocol === 'http/protobuf') {
    return createExporter(options, environment, await loadHttp(settings, preferences))
  }
  throw new MetricsError(
    'ERR_METRICS_EXPORTER',
    `OTEL_EXPORTER_OTLP_PROTOCOL must be grpc or http/protobuf; received ${show(protocol)}`,
  )
}

// The SDK's AggregationTemporalityPreference, whose values are part of its public API.
const temporalities = { delta: 0, cumulative: 1, lowmemory: 2 } as const

// The SDK's AggregationType, whose values are part of its public API: DEFAULT 0,
// EXPONENTIAL_HISTOGRAM 5.
const aggregationPreference = (type: unknown) => ({ type: type === 'HISTOGRAM' ? 5 : 0 })

function preferencesOf(
  { temporality, histograms }: OtlpOptions,
  environment: OtlpEnvironment,
): object {
  return {
    ...(temporality === undefined || environment.isSet('TEMPORALITY_PREFERENCE')
      ? {}
      : { temporalityPreference: temporalities[temporality] }),
    ...(isExponential(histograms, environment) ? { aggregationPreference } : {}),
  }
}

// The exporters of the SDK do not read this variable.
function isExponential(
  histograms: OtlpOptions['histograms'],
  environment: OtlpEnvironment,
): boolean {
  const aggregation = environment.value('DEFAULT_HISTOGRAM_AGGREGATION')?.toLowerCase()
  if (aggregation !== undefined) return aggregation === 'base2_exponential_bucket_histogram'
  return histograms === 'exponential'
}

async function loadGrpc(
  settings: ExporterSettings,
  preferences: object,
): Promise<() => PushMetricExporter> {
  const { OTLPMetricExporter } = await import('@opentelemetry/exporter-metrics-otlp-grpc')
  const grpc = settings.tls && (await loadGrpcJs(missing))
  return () => new OTLPMetricExporter({ ...grpcConfig(settings, grpc), ...preferences })
}

async function loadHttp(
  settings: ExporterSettings,
  preferences: object,
): Promise<() => PushMetricExporter> {
  const { OTLPMetricExporter } = await loadProto()
  return () => new OTLPMetricExporter({ ...httpConfig(settings, '/v1/metrics'), ...preferences })
}

/** Written inside of `try`, so that bundlers allow it to be absent. */
async function loadProto() {
  try {
    return await import('@opentelemetry/exporter-metrics-otlp-proto')
  } catch (cause) {
    throw missing(peerHint('@opentelemetry/exporter-metrics-otlp-proto'), cause)
  }
}

const missing: MissingPeer = (message, cause) =>
  new MetricsError('ERR_METRICS_PEER_MISSING', message, { cause })
