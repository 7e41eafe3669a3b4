import type { SpanExporter } from '@opentelemetry/sdk-trace-node'
import { otlpValue } from './environment.ts'
import { TraceError } from './errors.ts'
import type { OtlpOptions, TlsOptions } from './exporter.ts'

/** The exporter of the OpenTelemetry project, with what the options say and the environment does not. */
export function loadOtlp(options: OtlpOptions): Promise<SpanExporter> {
  const { endpoint, protocol = 'grpc', headers = {}, timeoutMs, compression, tls } = options
  // Everything the environment sets is left out here: the exporters read it themselves, and prefer what they are given.
  const own: Own = {
    url: otlpValue('ENDPOINT') === undefined ? endpoint : undefined,
    headers: withoutThose(headers, otlpValue('HEADERS')),
    tls: usable(tls),
    shared: {
      ...(timeoutMs !== undefined && otlpValue('TIMEOUT') === undefined
        ? { timeoutMillis: timeoutMs }
        : {}),
      ...(compression !== undefined && otlpValue('COMPRESSION') === undefined
        ? { compression }
        : {}),
    },
  }
  const wanted = otlpValue('PROTOCOL') ?? protocol
  if (wanted === 'grpc') return grpc(own)
  if (wanted === 'http/protobuf') return http(own)
  throw new TraceError(
    'ERR_TRACE_EXPORTER',
    `OTEL_EXPORTER_OTLP_PROTOCOL must be grpc or http/protobuf; received ${JSON.stringify(wanted.slice(0, 40))}`,
  )
}

interface Own {
  readonly url: string | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly tls: TlsOptions | undefined
  readonly shared: Record<string, unknown>
}

async function grpc({ url, headers, tls, shared }: Own): Promise<SpanExporter> {
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-grpc')
  // The exporter only clones these and reads their map, so there is no need to load grpc-js for a Metadata of its own.
  const metadata = { clone: () => metadata, getMap: () => headers }
  const credentials =
    tls === undefined
      ? undefined
      : (await peer(() => import('@grpc/grpc-js'), '@grpc/grpc-js')).credentials.createSsl(
          bytes(tls.ca),
          bytes(tls.key),
          bytes(tls.cert),
        )
  return new OTLPTraceExporter({
    ...shared,
    ...(url === undefined ? {} : { url }),
    ...(credentials === undefined ? {} : { credentials }),
    metadata: metadata as never,
  })
}

async function http({ url, headers, tls, shared }: Own): Promise<SpanExporter> {
  const name = '@opentelemetry/exporter-trace-otlp-proto'
  const { OTLPTraceExporter } = await peer(
    () => import('@opentelemetry/exporter-trace-otlp-proto'),
    name,
  )
  const path = url?.replace(/\/+$/, '')
  return new OTLPTraceExporter({
    ...shared,
    headers: { ...headers },
    ...(path === undefined
      ? {}
      : { url: path.endsWith('/v1/traces') ? path : `${path}/v1/traces` }),
    ...(tls === undefined
      ? {}
      : {
          httpAgentOptions: {
            ca: bytes(tls.ca),
            key: bytes(tls.key),
            cert: bytes(tls.cert),
          } as object,
        }),
  })
}

async function peer<T>(load: () => Promise<T>, name: string): Promise<T> {
  try {
    return await load()
  } catch (cause) {
    throw new TraceError(
      'ERR_TRACE_PEER_MISSING',
      `this needs the package ${name}: npm install ${name}`,
      {
        cause,
      },
    )
  }
}

const bytes = (pem: string | Uint8Array | undefined) =>
  pem === undefined ? null : Buffer.from(pem)

function usable(tls: TlsOptions | undefined): TlsOptions | undefined {
  const fromEnvironment = ['CERTIFICATE', 'CLIENT_KEY', 'CLIENT_CERTIFICATE'].some(
    (name) => otlpValue(name) !== undefined,
  )
  return fromEnvironment ? undefined : tls
}

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
