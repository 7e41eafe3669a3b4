import type { IncomingMessage, ServerResponse } from 'node:http'
import { mistake } from './errors.ts'
import type { HttpOptions, Middleware } from './http.ts'
import { type ConfigureOptions, settingsOf } from './options.ts'
import type { Report } from './reports.ts'
import { state } from './state.ts'

/** Metrics that are running. */
export interface Meters {
  /** Pushes what was measured so far. Ends within `shutdownTimeoutMs`; never rejects. */
  flush(): Promise<void>
  /** Pushes what was measured so far, and stops. Ends within `shutdownTimeoutMs`; never rejects. The same promise on each call. */
  shutdown(): Promise<void>
  /** Middleware that measures requests; see {@link http}. */
  http(options?: HttpOptions): Middleware
  /** Prometheus text. Without the option `prometheus` it answers 404, and says why. */
  readonly handler: (req: IncomingMessage, res: ServerResponse) => void
  /**
   * Tells what the metrics have to say about themselves: failing exports, full metrics, dropped values. Returns what ends it. While nobody
   * listens, each type of report is written to stderr once.
   */
  subscribe(listener: (report: Report) => void): () => void
}

/**
 * Starts measuring: makes a meter provider, registers it for the whole process, and binds the instruments that exist already. Loads the
 * OpenTelemetry SDK. Variables of OpenTelemetry win over the options; `OTEL_SDK_DISABLED=true` turns everything off. Where another SDK
 * has registered its meter provider, our instruments use that one, and this says so.
 * @throws TypeError `ERR_METRICS_OPTION`, `ERR_METRICS_CONFIGURED`
 * @throws MetricsError `ERR_METRICS_EXPORTER`, `ERR_METRICS_PEER_MISSING`
 */
export async function configure(options: ConfigureOptions): Promise<Meters> {
  const settings = settingsOf(options)
  const shared = state()
  if (shared.configured) {
    throw mistake(
      'ERR_METRICS_CONFIGURED',
      'metrics are configured already; shut those down before configuring others',
    )
  }
  shared.configured = true
  try {
    const { setUp } = await import('./setup.ts')
    return await setUp(settings)
  } catch (error) {
    shared.configured = false
    throw error
  }
}
