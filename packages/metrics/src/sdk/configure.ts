import { replaceCurrent } from '@clew/internal/telemetry/replacement'
import { state } from '../instruments/state.ts'
import type { Meters } from './meters.ts'
import { type ConfigureOptions, settingsOf } from './options.ts'

/**
 * Starts metrics: creates a meter provider, registers it for the whole process, and binds the
 * instruments that exist already. Loads the OpenTelemetry SDK. The variables of OpenTelemetry win
 * over the options; `OTEL_SDK_DISABLED=true` turns everything off. If another SDK has registered
 * its meter provider, the instruments use that one, which is reported. A second call, of any copy of
 * this package, replaces the first: it shuts it down, within its `shutdownTimeoutMs`, and starts then.
 * @throws TypeError `ERR_METRICS_OPTION`
 * @throws MetricsError `ERR_METRICS_EXPORTER`, `ERR_METRICS_PEER_MISSING`
 */
export async function configure(options: ConfigureOptions): Promise<Meters> {
  const settings = settingsOf(options)
  return replaceCurrent(state(), async () => {
    const { setUp } = await import('./setup.ts')
    return setUp(settings)
  })
}
