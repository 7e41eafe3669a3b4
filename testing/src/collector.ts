import { EventEmitter } from 'node:events'
import { fileURLToPath } from 'node:url'
import {
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServiceDefinition,
  type sendUnaryData,
} from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'
import { type LogRecord, logsOf, type MetricPoint, pointsOf, type Span, spansOf } from './otlp.ts'

/** A small OpenTelemetry collector: OTLP over gRPC, with the official protobuf definitions. */
export interface Collector {
  /** The value for `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly endpoint: string
  readonly port: number
  readonly spans: readonly Span[]
  readonly points: readonly MetricPoint[]
  readonly logs: readonly LogRecord[]
  /** The metadata (headers) of each export call, newest last. */
  readonly metadata: readonly Readonly<Record<string, unknown>>[]
  /**
   * Resolves once `find` returns a truthy value; calls it after each export. Rejects after
   * `timeoutMs`.
   */
  until<T>(find: (collector: Collector) => T | undefined | false, timeoutMs?: number): Promise<T>
  /** Discards everything received so far. */
  reset(): void
  close(): Promise<void>
}

const protoFolder = fileURLToPath(new URL('../proto', import.meta.url))
const services = ['trace', 'metrics', 'logs'] as const

function definitionOf(signal: (typeof services)[number]): ServiceDefinition {
  const file = `opentelemetry/proto/collector/${signal}/v1/${signal}_service.proto`
  const name = `opentelemetry.proto.collector.${signal}.v1.${signal[0]?.toUpperCase()}${signal.slice(1)}Service`
  const definition = loadSync(file, {
    includeDirs: [protoFolder],
    longs: Number,
    defaults: true,
    oneofs: true,
  })
  return definition[name] as ServiceDefinition
}

export interface CollectorOptions {
  /** @defaultValue any free port */
  readonly port?: number
  /**
   * Called before an export is stored: returns what it is answered instead of an empty success. An
   * error, with its gRPC `code`, keeps it from being stored.
   */
  readonly answer?: (
    signal: 'trace' | 'metrics' | 'logs',
    call: number,
  ) => object | Error | undefined
}

/** Starts a collector on 127.0.0.1. */
export async function startCollector(options: CollectorOptions = {}): Promise<Collector> {
  const spans: Span[] = []
  const points: MetricPoint[] = []
  const logs: LogRecord[] = []
  const metadata: Record<string, unknown>[] = []
  const arrivals = new EventEmitter().setMaxListeners(0)
  const server = new Server()

  const receive = (signal: (typeof services)[number], store: (request: unknown) => void) => {
    let calls = 0
    return (call: ServerUnaryCall<any, object>, reply: sendUnaryData<object>) => {
      metadata.push(call.metadata.getMap())
      const answer = options.answer?.(signal, ++calls) ?? {}
      if (answer instanceof Error) reply(answer)
      else {
        store(call.request)
        reply(null, answer)
      }
      arrivals.emit('export')
    }
  }
  server.addService(definitionOf('trace'), {
    Export: receive('trace', (request) => spans.push(...spansOf(request))),
  })
  server.addService(definitionOf('metrics'), {
    Export: receive('metrics', (request) => points.push(...pointsOf(request))),
  })
  server.addService(definitionOf('logs'), {
    Export: receive('logs', (request) => logs.push(...logsOf(request))),
  })

  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(
      `127.0.0.1:${options.port ?? 0}`,
      ServerCredentials.createInsecure(),
      (error, bound) => (error ? reject(error) : resolve(bound)),
    )
  })

  const collector: Collector = {
    endpoint: `http://127.0.0.1:${port}`,
    port,
    spans,
    points,
    logs,
    metadata,
    until(find, timeoutMs = 60_000) {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          arrivals.off('export', look)
          reject(
            new Error(
              `nothing found in ${timeoutMs} ms: ${spans.length} spans [${spans.map((s) => s.name)}], ${points.length} points [${[...new Set(points.map((p) => p.name))]}], ${logs.length} logs`,
            ),
          )
        }, timeoutMs)
        function look() {
          const found = find(collector)
          if (!found) return
          clearTimeout(timer)
          arrivals.off('export', look)
          resolve(found)
        }
        arrivals.on('export', look)
        look()
      })
    },
    reset() {
      for (const list of [spans, points, logs, metadata]) list.length = 0
    },
    close() {
      server.forceShutdown()
      return Promise.resolve()
    },
  }
  return collector
}
