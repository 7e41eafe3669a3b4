import type { SpanExporter } from '@opentelemetry/sdk-trace-node'
import { otlpValue } from './environment.ts'
import { TraceError } from './errors.ts'
import type { OtlpOptions } from './exporter.ts'
import { grpcConfig, httpConfig, type OwnOtlp, ownOtlp } from './own-otlp.ts'

/** The exporter of the OpenTelemetry project, with what the options say and the environment does not. */
export function loadOtlp(options: OtlpOptions): Promise<SpanExporter> {
  const own = ownOtlp(options)
  const wanted = otlpValue('PROTOCOL') ?? options.protocol ?? 'grpc'
  if (wanted === 'grpc') return grpc(own)
  if (wanted === 'http/protobuf') return http(own)
  throw new TraceError(
    'ERR_TRACE_EXPORTER',
    `OTEL_EXPORTER_OTLP_PROTOCOL must be grpc or http/protobuf; received ${JSON.stringify(wanted.slice(0, 40))}`,
  )
}

async function grpc(own: OwnOtlp): Promise<SpanExporter> {
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-grpc')
  const needed = own.tls && (await peer(() => import('@grpc/grpc-js'), '@grpc/grpc-js'))
  return new OTLPTraceExporter(grpcConfig(own, needed))
}

async function http(own: OwnOtlp): Promise<SpanExporter> {
  const name = '@opentelemetry/exporter-trace-otlp-proto'
  const { OTLPTraceExporter } = await peer(
    () => import('@opentelemetry/exporter-trace-otlp-proto'),
    name,
  )
  return new OTLPTraceExporter(httpConfig(own, '/v1/traces'))
}

async function peer<T>(load: () => Promise<T>, name: string): Promise<T> {
  try {
    return await load()
  } catch (cause) {
    throw new TraceError(
      'ERR_TRACE_PEER_MISSING',
      `this needs the package ${name}: npm install ${name}`,
      { cause },
    )
  }
}
