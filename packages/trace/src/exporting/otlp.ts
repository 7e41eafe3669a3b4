import { show } from '@clew/internal/errors/show'
import { OtlpEnvironment } from '@clew/internal/telemetry/environment'
import {
  createExporter,
  type ExporterSettings,
  exporterSettings,
  grpcConfig,
  httpConfig,
} from '@clew/internal/telemetry/otlp'
import type { OtlpOptions } from '@clew/internal/telemetry/otlp-options'
import { loadPeer } from '@clew/internal/telemetry/peer'
import type { SpanExporter } from '@opentelemetry/sdk-trace-node'
import { TraceError } from '../errors.ts'

/**
 * The exporter of the OpenTelemetry project, with the options that the environment does not
 * override.
 */
export async function loadOtlp(options: OtlpOptions): Promise<SpanExporter> {
  const environment = new OtlpEnvironment('TRACES')
  const settings = exporterSettings(options, environment)
  const protocol = environment.value('PROTOCOL') ?? options.protocol ?? 'grpc'
  if (protocol === 'grpc') return createExporter(options, environment, await loadGrpc(settings))
  if (protocol === 'http/protobuf') {
    return createExporter(options, environment, await loadHttp(settings))
  }
  throw new TraceError(
    'ERR_TRACE_EXPORTER',
    `OTEL_EXPORTER_OTLP_PROTOCOL must be grpc or http/protobuf; received ${show(protocol)}`,
  )
}

async function loadGrpc(settings: ExporterSettings): Promise<() => SpanExporter> {
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-grpc')
  const grpc =
    settings.tls && (await loadPeer('@grpc/grpc-js', () => import('@grpc/grpc-js'), missing))
  return () => new OTLPTraceExporter(grpcConfig(settings, grpc))
}

async function loadHttp(settings: ExporterSettings): Promise<() => SpanExporter> {
  const { OTLPTraceExporter } = await loadPeer(
    '@opentelemetry/exporter-trace-otlp-proto',
    () => import('@opentelemetry/exporter-trace-otlp-proto'),
    missing,
  )
  return () => new OTLPTraceExporter(httpConfig(settings, '/v1/traces'))
}

const missing = (message: string, cause: unknown) =>
  new TraceError('ERR_TRACE_PEER_MISSING', message, { cause })
