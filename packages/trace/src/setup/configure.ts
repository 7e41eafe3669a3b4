import { replaceCurrent } from '@clew/internal/telemetry/replacement'
import { shared } from '../context/shared.ts'
import type { ConfigureOptions } from './options.ts'
import { settingsOf } from './options.ts'
import type { Tracing } from './tracing.ts'

/**
 * Sets up tracing for the process: context, W3C propagation, sampling, export, and client spans for
 * outgoing HTTP requests. If another SDK is registered already, tracing joins it: spans of this
 * package go to that SDK, which exports them. A second call, of any copy of this package, replaces
 * the first: it shuts it down, within its `shutdownTimeoutMs`, and starts then.
 *
 * @throws TypeError `ERR_TRACE_OPTION`; TraceError `ERR_TRACE_EXPORTER`, `ERR_TRACE_PEER_MISSING`
 */
export async function configure(options: ConfigureOptions): Promise<Tracing> {
  const settings = settingsOf(options)
  return replaceCurrent(shared(), async () => {
    // Not loaded when the package is imported: it needs the SDK.
    const { start } = await import('./start.ts')
    return start(settings)
  })
}
