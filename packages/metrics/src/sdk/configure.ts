import { mistake } from '@clew/internal/errors/error'
import type { MetricsErrorCode } from '../errors.ts'
import { state } from '../instruments/state.ts'
import type { Meters } from './meters.ts'
import { type ConfigureOptions, settingsOf } from './options.ts'

/**
 * Starts metrics: creates a meter provider, registers it for the whole process, and binds the
 * instruments that exist already. Loads the OpenTelemetry SDK. The variables of OpenTelemetry win
 * over the options; `OTEL_SDK_DISABLED=true` turns everything off. If another SDK has registered
 * its meter provider, the instruments use that one, which is reported.
 * @throws TypeError `ERR_METRICS_OPTION`, `ERR_METRICS_CONFIGURED`
 * @throws MetricsError `ERR_METRICS_EXPORTER`, `ERR_METRICS_PEER_MISSING`
 */
export async function configure(options: ConfigureOptions): Promise<Meters> {
  const settings = settingsOf(options)
  const shared = state()
  if (shared.configured) {
    throw mistake<MetricsErrorCode>(
      'ERR_METRICS_CONFIGURED',
      'metrics.configure: the metrics of the process must be shut down before they are configured again',
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
