import { start } from './child.ts'
import { type Collector, startCollector } from './collector.ts'
import { freePort } from './port.ts'

/**
 * The real OpenTelemetry Collector. It forwards what it receives to our own receiver, for
 * inspection.
 */
export interface Otelcol extends Collector {
  /** The value for `OTEL_EXPORTER_OTLP_ENDPOINT` for http/protobuf; `endpoint` is for grpc. */
  readonly httpEndpoint: string
  /** The URL of its Prometheus exporter, which serves the metrics it received. */
  readonly prometheusUrl: string
}

/**
 * Starts `otelcol` from PATH. It must have the OTLP receiver and the OTLP and Prometheus exporters,
 * as `e2e/collector` does. It answers an export only after forwarding it.
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
      // No queue and no batches, so that a service gets its answer only once our receiver has the
      // data.
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
  const line = log.split('\n').find((entry) => entry.includes(`Starting ${protocol} server`))
  return JSON.parse(line as string).endpoint
}
