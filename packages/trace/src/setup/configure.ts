import { mistake } from '@clew/internal/errors/error'
import { shared } from '../context/shared.ts'
import type { ConfigureOptions } from './options.ts'
import { settingsOf } from './options.ts'
import type { Tracing } from './tracing.ts'

/**
 * Sets up tracing for the process: context, W3C propagation, sampling, export, and client spans for
 * outgoing HTTP requests. If another SDK is registered already, tracing joins it: spans of this
 * package go to that SDK, which exports them.
 *
 * @throws TypeError `ERR_TRACE_OPTION`, `ERR_TRACE_CONFIGURED`; TraceError `ERR_TRACE_EXPORTER`,
 * `ERR_TRACE_PEER_MISSING`
 */
export async function configure(options: ConfigureOptions): Promise<Tracing> {
  const settings = settingsOf(options)
  const state = shared()
  if (state.configured) {
    throw mistake(
      'ERR_TRACE_CONFIGURED',
      'trace.configure: must be called once; call shutdown() of the first Tracing to call it again',
    )
  }
  state.configured = true
  try {
    // Not loaded when the package is imported: it needs the SDK.
    const { start } = await import('./start.ts')
    return await start(settings)
  } catch (error) {
    delete state.configured
    throw error
  }
}
