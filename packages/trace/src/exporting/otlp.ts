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
import { peerHint } from '@clew/internal/telemetry/peer'
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
  const grpc = settings.tls && (await loadGrpcJs())
  return () => new OTLPTraceExporter(grpcConfig(settings, grpc))
}

async function loadHttp(settings: ExporterSettings): Promise<() => SpanExporter> {
  const { OTLPTraceExporter } = await loadProto()
  return () => new OTLPTraceExporter(httpConfig(settings, '/v1/traces'))
}

// An import that is written inside of `try` is one that bundlers allow to be absent.

async function loadProto() {
  try {
    return await import('@opentelemetry/exporter-trace-otlp-proto')
  } catch (cause) {
    throw missing('@opentelemetry/exporter-trace-otlp-proto', cause)
  }
}

async function loadGrpcJs() {
  try {
    return await import('@grpc/grpc-js')
  } catch (cause) {
    throw missing('@grpc/grpc-js', cause)
  }
}

const missing = (name: string, cause: unknown) =>
  new TraceError('ERR_TRACE_PEER_MISSING', peerHint(name), { cause })
