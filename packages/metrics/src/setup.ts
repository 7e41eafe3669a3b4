import type { CollectionResult, PushMetricExporter } from '@opentelemetry/sdk-metrics'
import { labelsOf } from './attributes.ts'
import { bindObservables } from './binding.ts'
import type { Meters } from './configure.ts'
import { type Environment, readEnvironment } from './environment.ts'
import { console, type Exporter, otlp } from './exporter.ts'
import { http } from './http.ts'
import type { Settings } from './options.ts'
import { outage } from './outage.ts'
import { overflowWatch } from './overflow.ts'
import { isCumulative, type Reader, reader } from './reader.ts'
import { type Reports, reasonOf, reports } from './reports.ts'
import { resourceOf } from './resource.ts'
import { startRuntime } from './runtime.ts'
import { nothingToScrape, scrapeHandler } from './scrape.ts'
import { currentProvider, state } from './state.ts'

/** What {@link configure} does, in a file of its own so that the import of the package does not load it. */
export async function setUp(settings: Settings): Promise<Meters> {
  const own = reports()
  try {
    const environment = readEnvironment(own.emit)
    if (environment.disabled) return idle(own, 'Metrics are off: OTEL_SDK_DISABLED is true.')
    if (currentProvider() !== undefined) {
      return joined(
        own,
        'another OpenTelemetry SDK has registered a meter provider; instruments use that one, and exporter and prometheus are ignored',
      )
    }
    return await start(settings, environment, own)
  } catch (error) {
    own.close()
    throw error
  }
}

function joined(own: Reports, message: string): Meters {
  own.emit({ type: 'metrics.joined', level: 'warn', message, fields: {} })
  bindObservables()
  return idle(own, 'Metrics go to another OpenTelemetry SDK in this process.')
}

/** Everything a caller may use, where there is nothing to export. */
function idle(own: Reports, why: string): Meters {
  let ended: Promise<void> | undefined
  state().once = own.once
  return {
    flush: async () => {},
    shutdown() {
      ended ??= Promise.resolve().then(() => forget(own))
      return ended
    },
    http,
    handler: nothingToScrape(why),
    subscribe: own.subscribe,
  }
}

async function start(settings: Settings, environment: Environment, own: Reports): Promise<Meters> {
  const { exporter, prometheus } = outputsOf(settings, environment)
  const [{ MeterProvider }, { metrics }, { defaultResource, resourceFromAttributes }, to] =
    await Promise.all([
      import('@opentelemetry/sdk-metrics'),
      import('@opentelemetry/api'),
      import('@opentelemetry/resources'),
      exporter?.load(),
    ])
  const { push, pull } = readersOf(to, exporter?.name ?? '', prometheus !== undefined, {
    settings,
    environment,
    own,
  })
  const provider = new MeterProvider({
    resource: defaultResource().merge(
      resourceFromAttributes(
        resourceOf(settings.service, labelsOf(settings.resource), environment),
      ),
    ),
    readers: [...new Set([push, pull])].filter((each) => each !== undefined),
  })
  const shared = state()
  shared.once = own.once
  shared.maxValueLength = settings.maxValueLength
  const registered = metrics.setGlobalMeterProvider(provider)
  if (!registered || currentProvider() !== provider) {
    await provider.shutdown().catch(() => {})
    return joined(
      own,
      'the meter provider could not be registered: another version of @opentelemetry/api owns the global one in this process',
    )
  }
  const stopRuntime = settings.runtime ? startRuntime() : () => {}
  bindObservables()

  let ended: Promise<void> | undefined
  const bounded = (work: Promise<void>, what: string) =>
    within(settings.shutdownTimeoutMs, work, what, own)
  return {
    flush: () => bounded(provider.forceFlush(), 'flush'),
    shutdown() {
      ended ??= bounded(provider.shutdown(), 'shutdown').finally(() => {
        stopRuntime()
        if (currentProvider() === provider) metrics.disable()
        forget(own)
      })
      return ended
    },
    http,
    handler:
      pull && prometheus
        ? scrapeHandler({ pull: pull.pull, scopeLabels: prometheus.scopeLabels, reports: own })
        : nothingToScrape('Prometheus is off: give metrics.configure the option prometheus: true.'),
    subscribe: own.subscribe,
  }
}

/** What is pushed and pulled: the options, overruled by `OTEL_METRICS_EXPORTER`. */
function outputsOf(
  { exporter, prometheus }: Settings,
  { exporters }: Environment,
): { exporter: Exporter | undefined; prometheus: Settings['prometheus'] } {
  if (exporters === undefined) return { exporter, prometheus }
  const wanted = exporters.find((name) => name === 'otlp' || name === 'console')
  const made = wanted === 'otlp' ? otlp() : wanted === 'console' ? console() : undefined
  return {
    exporter: exporter?.name === wanted ? exporter : made,
    prometheus: exporters.includes('prometheus')
      ? (prometheus ?? { scopeLabels: true })
      : prometheus,
  }
}

function readersOf(
  exporter: PushMetricExporter | undefined,
  name: string,
  prometheus: boolean,
  context: { settings: Settings; environment: Environment; own: Reports },
): { push: Reader | undefined; pull: Reader | undefined } {
  const { settings, environment, own } = context
  const intervalMs = environment.intervalMs ?? settings.intervalMs
  const watch = overflowWatch(settings.cardinalityLimit, own)
  const options = {
    intervalMs,
    exportTimeoutMs: environment.exportTimeoutMs ?? settings.exportTimeoutMs,
    cardinalityLimit: settings.cardinalityLimit,
    onCollected: ({ resourceMetrics, errors }: CollectionResult) => {
      watch(resourceMetrics)
      for (const error of errors) {
        const reason = reasonOf(error)
        own.once(`callback ${reason}`, {
          type: 'metrics.callback_failed',
          level: 'warn',
          message: `an observable could not be asked: ${reason}`,
          fields: { reason },
        })
      }
    },
    onExported: outage(name, own),
  }
  const push = exporter && reader({ ...options, exporter })
  if (!prometheus) return { push, pull: undefined }
  return { push, pull: push && exporter && isCumulative(exporter) ? push : reader(options) }
}

function forget(own: Reports): void {
  const shared = state()
  shared.configured = false
  delete shared.once
  delete shared.maxValueLength
  shared.full.clear()
  own.close()
}

async function within(
  timeoutMs: number,
  work: Promise<void>,
  what: string,
  own: Reports,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<string>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, `not done in ${timeoutMs} ms`)
  })
  const problem = await Promise.race([work.then(() => undefined, reasonOf), deadline])
  clearTimeout(timer)
  if (problem === undefined) return
  own.emit({
    type: 'metrics.shutdown_incomplete',
    level: 'warn',
    message: `the last metrics may be lost, ${what}: ${problem}`,
    fields: { reason: problem },
  })
}
