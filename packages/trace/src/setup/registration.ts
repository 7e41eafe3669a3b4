import type { Report } from '@clew/internal/reports/reporter'
import { registered } from '@clew/internal/telemetry/api'
import type { TextMapPropagator, TracerProvider } from '@opentelemetry/api'
import { FrameContextManager } from '../context/manager.ts'
import { shared } from '../context/shared.ts'
import { traceNodeHttp } from '../http/node-http.ts'
import { traceUndici } from '../http/undici.ts'
import { baggage } from '../propagation/baggage.ts'
import { composite } from '../propagation/propagator.ts'
import { traceContext } from '../propagation/trace-context.ts'
import type { Environment } from './environment.ts'
import type { Settings } from './options.ts'

/**
 * Registers provider, context manager, propagator and client spans. What another library has
 * registered before stays, and is reported. Returns the functions that undo it.
 */
export async function register(
  provider: TracerProvider | undefined,
  settings: Settings,
  environment: Environment,
  report: (report: Report) => void,
): Promise<(() => void)[]> {
  const { context, propagation, trace } = await import('@opentelemetry/api')
  const undo: (() => void)[] = []
  const refused: string[] = []
  const note = (isRegistered: boolean, name: string, disable: () => void) => {
    if (isRegistered) undo.push(disable)
    else refused.push(name)
  }

  if (provider !== undefined) {
    note(trace.setGlobalTracerProvider(provider), 'tracer provider', () => trace.disable())
  }
  const hasJoined =
    refused.length > 0 || (provider === undefined && registered().trace !== undefined)
  note(context.setGlobalContextManager(new FrameContextManager()), 'context manager', () =>
    context.disable(),
  )
  const propagator = composite(propagatorsOf(settings, environment))
  note(propagation.setGlobalPropagator(propagator), 'propagator', () => propagation.disable())

  const api = `@opentelemetry/api ${registered().version ?? 'unknown'}`
  if (hasJoined) {
    report({
      type: 'trace.joined',
      level: settings.exporter === undefined ? 'info' : 'warn',
      message: `another OpenTelemetry SDK is registered (${api}): spans go to it; exporter and sampler given to configure are not used`,
      fields: { refused },
    })
  } else if (refused.length > 0) {
    report({
      type: 'trace.shared',
      level: 'info',
      message: `another library has registered its ${refused.join(' and ')} (${api}), which tracing uses`,
      fields: { refused },
    })
  }
  if (settings.clients ?? !hasJoined) undo.push(...installClients())
  return undo
}

/** Once per process: two subscriptions would make two spans of each request. */
function installClients(): (() => void)[] {
  const state = shared()
  if (state.uninstallClients !== undefined) return []
  const stops = [traceUndici(), traceNodeHttp()]
  state.uninstallClients = () => {
    for (const stop of stops) stop()
  }
  const uninstall = () => {
    state.uninstallClients?.()
    delete state.uninstallClients
  }
  return [uninstall]
}

function propagatorsOf(
  settings: Settings,
  { propagators }: Environment,
): readonly TextMapPropagator[] {
  if (propagators === undefined) return settings.propagators ?? [traceContext(), baggage()]
  return propagators
    .filter((name) => name !== 'none')
    .map((name) => (name === 'baggage' ? baggage() : traceContext()))
}
