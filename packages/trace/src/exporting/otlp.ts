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
import { loadGrpcJs, type MissingPeer, peerHint } from '@clew/internal/telemetry/peer'
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
  const grpc = settings.tls && (await loadGrpcJs(missing))
  return () => new OTLPTraceExporter(grpcConfig(settings, grpc))
}

async function loadHttp(settings: ExporterSettings): Promise<() => SpanExporter> {
  const { OTLPTraceExporter } = await loadProto()
  return () => new OTLPTraceExporter(httpConfig(settings, '/v1/traces'))
}

/** Written inside of `try`, so that bundlers allow it to be absent. */
async function loadProto() {
  try {
    return await import('@opentelemetry/exporter-trace-otlp-proto')
  } catch (cause) {
    throw missing(peerHint('@opentelemetry/exporter-trace-otlp-proto'), cause)
  }
}

const missing: MissingPeer = (message, cause) =>
  new TraceError('ERR_TRACE_PEER_MISSING', message, { cause })
