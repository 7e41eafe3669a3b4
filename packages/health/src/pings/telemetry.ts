import { registered } from '@clew/internal/telemetry/api'
import type * as Otel from '@opentelemetry/api'
import type { Failure } from './failure.ts'
import type { Outcome } from './runner.ts'

type Api = typeof Otel

interface Instruments {
  readonly duration: Otel.Histogram
  readonly up: Otel.Gauge
}

const scope = '@clew/health'
let loading: Promise<Api | undefined> | undefined

// Loading the api takes longer than loading this whole package, so it waits until something is
// registered with it.
function load(): Promise<Api | undefined> | undefined {
  if (registered().version === undefined) return undefined
  loading ??= import('@opentelemetry/api').catch(() => undefined)
  return loading
}

/**
 * Runs one ping in the span `health.ping.<name>` (kind CLIENT, a child of the active span), and
 * records its duration. Without a provider it only runs the ping; a provider that throws changes
 * nothing.
 */
export async function observePing(
  name: string,
  run: () => Promise<Outcome>,
  describe: (error: unknown) => Failure,
): Promise<Outcome> {
  const api = await load()
  if (!api) return run()
  const attributes = { 'health.dependency': name }
  const span = safely(() =>
    api.trace
      .getTracer(scope)
      .startSpan(`health.ping.${name}`, { kind: api.SpanKind.CLIENT, attributes }),
  )
  const context = safely(() => span && api.trace.setSpan(api.context.active(), span))
  const outcome = await (context ? within(api, context, run) : run())
  safely(() => {
    const stopped = outcome.result === 'stopped'
    if (!stopped && outcome.result !== 'passed') {
      const { message, code } = describe(outcome.error)
      span?.setAttribute('error.type', code ?? outcome.result)
      // Not the error itself: its message and stack may contain secrets.
      span?.recordException({ name: code ?? 'Error', message })
      span?.setStatus({ code: api.SpanStatusCode.ERROR, message })
    }
    span?.end()
    if (stopped) return
    instrumentsOf(api)?.duration.record(outcome.durationMs / 1000, {
      ...attributes,
      'health.outcome': outcome.result.replace(' ', '_'),
    })
  })
  return outcome
}

function within(api: Api, context: Otel.Context, run: () => Promise<Outcome>): Promise<Outcome> {
  let running: Promise<Outcome> | undefined
  safely(() =>
    api.context.with(context, () => {
      running = run()
    }),
  )
  return running ?? run()
}

/** Records the state of a dependency: 1 up, 0 down. */
export async function recordState(name: string, critical: boolean, up: boolean): Promise<void> {
  const api = await load()
  safely(
    () =>
      api &&
      instrumentsOf(api)?.up.record(up ? 1 : 0, {
        'health.dependency': name,
        'health.critical': critical,
      }),
  )
}

// Cached for each provider: another one may be registered later.
const instruments = new WeakMap<object, Instruments>()

function instrumentsOf(api: Api): Instruments | undefined {
  const provider = api.metrics.getMeterProvider()
  let found = instruments.get(provider)
  if (!found) {
    const meter = provider.getMeter(scope)
    found = {
      duration: meter.createHistogram('health.ping.duration', {
        description: 'Time one ping of a dependency took',
        unit: 's',
        advice: { explicitBucketBoundaries: [0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5] },
      }),
      up: meter.createGauge('health.dependency.up', {
        description: 'Whether the dependency is up (1) or down (0)',
      }),
    }
    instruments.set(provider, found)
  }
  return found
}

function safely<T>(observe: () => T): T | undefined {
  try {
    return observe()
  } catch {
    return undefined
  }
}
