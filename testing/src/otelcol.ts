import { once } from 'node:events'
import { createServer } from 'node:net'
import { start } from './child.ts'
import { type Collector, startCollector } from './collector.ts'

/** The OpenTelemetry Collector itself. What it receives it sends on to our own receiver, to be looked at. */
export interface Otelcol extends Collector {
  /** What goes into `OTEL_EXPORTER_OTLP_ENDPOINT` for http/protobuf; `endpoint` is the one for grpc. */
  readonly httpEndpoint: string
  /** Where its Prometheus exporter shows the metrics it has received. */
  readonly prometheusUrl: string
}

/**
 * Starts `otelcol` from PATH: one with the OTLP receiver and the OTLP and Prometheus exporters, such as `e2e/collector`. What was
 * exported to it has been passed on by the time the export is answered.
 */
export async function startOtelcol(): Promise<Otelcol> {
  const receiver = await startCollector()
  const prometheus = `127.0.0.1:${await freePort()}`
  const child = start('otelcol', [
    `--config=yaml:${JSON.stringify(configOf(receiver, prometheus))}`,
  ])
  const closeReceiver = receiver.close
  const close = async () => {
    child.kill()
    await child.exit
    await closeReceiver()
  }
  try {
    await child.until(/Everything is ready/, { stream: 'stderr', timeoutMs: 60_000 })
    return Object.assign(receiver, {
      endpoint: `http://${addressOf('GRPC', child.stderr)}`,
      httpEndpoint: `http://${addressOf('HTTP', child.stderr)}`,
      prometheusUrl: `http://${prometheus}/metrics`,
      close,
    })
  } catch (error) {
    await close()
    throw error
  }
}

function configOf(receiver: Collector, prometheus: string): object {
  const anyPort = { endpoint: '127.0.0.1:0' }
  return {
    receivers: { otlp: { protocols: { grpc: anyPort, http: anyPort } } },
    exporters: {
      // No queue and no batches: an answer to the service means that it has arrived here too.
      otlp: {
        endpoint: `127.0.0.1:${receiver.port}`,
        tls: { insecure: true },
        sending_queue: { enabled: false },
      },
      prometheus: { endpoint: prometheus },
    },
    service: {
      telemetry: { metrics: { level: 'none' }, logs: { encoding: 'json' } },
      pipelines: {
        traces: { receivers: ['otlp'], exporters: ['otlp'] },
        metrics: { receivers: ['otlp'], exporters: ['otlp', 'prometheus'] },
        logs: { receivers: ['otlp'], exporters: ['otlp'] },
      },
    },
  }
}

function addressOf(protocol: 'GRPC' | 'HTTP', log: string): string {
  const line = log.split('\n').find((each) => each.includes(`Starting ${protocol} server`))
  return JSON.parse(line as string).endpoint
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
