import type {
  CollectionResult,
  PushMetricExporter,
  ResourceMetrics,
} from '@opentelemetry/sdk-metrics'
import { labelsOf } from './attributes.ts'
import { bindObservables } from './binding.ts'
import { watchClients } from './client.ts'
import type { Meters } from './configure.ts'
import { hearDiagnostics } from './diagnostics.ts'
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
import { viewOptions } from './views.ts'

/** What {@link configure} does, in a file of its own so that the import of the package does not load it. */
export async function setUp(settings: Settings): Promise<Meters> {
  const own = reports()
  try {
    const environment = readEnvironment(own.emit)
    if (environment.disabled) return idle(own, 'Metrics are off: OTEL_SDK_DISABLED is true.')
    if (currentProvider() !== undefined) {
      return joined(
        settings,
        own,
        'another OpenTelemetry SDK has registered a meter provider; instruments use that one, and exporter, prometheus and views are ignored',
      )
    }
    return await start(settings, environment, own)
  } catch (error) {
    own.close()
    throw error
  }
}

function joined({ clients = false }: Settings, own: Reports, message: string): Meters {
  own.emit({ type: 'metrics.joined', level: 'warn', message, fields: {} })
  bindObservables()
  // That SDK's instrumentations may measure them as well.
  const stop = clients ? watchClients() : undefined
  return idle(own, 'Metrics go to another OpenTelemetry SDK in this process.', stop)
}

/** Everything a caller may use, where there is nothing to export. */
function idle(own: Reports, why: string, stop = () => {}): Meters {
  let ended: Promise<void> | undefined
  state().once = own.once
  return {
    flush: async () => {},
    shutdown() {
      ended ??= Promise.resolve().then(() => {
        stop()
        forget(own)
      })
      return ended
    },
    http,
    handler: nothingToScrape(why),
    subscribe: own.subscribe,
  }
}

async function start(settings: Settings, environment: Environment, own: Reports): Promise<Meters> {
  const { exporters, prometheus } = outputsOf(settings, environment)
  const [{ MeterProvider }, { diag, metrics }, { defaultResource, resourceFromAttributes }, ...to] =
    await Promise.all([
      import('@opentelemetry/sdk-metrics'),
      import('@opentelemetry/api'),
      import('@opentelemetry/resources'),
      ...exporters.map(
        async (each): Promise<Named> => ({ name: each.name, to: await each.load() }),
      ),
    ])
  const stops = [hearDiagnostics(diag, environment.logLevel)]
  const { readers, pull } = readersOf(to, prometheus !== undefined, { settings, environment, own })
  const provider = new MeterProvider({
    resource: defaultResource().merge(
      resourceFromAttributes(
        resourceOf(settings.service, labelsOf(settings.resource), environment),
      ),
    ),
    readers,
    views: viewOptions(settings.views, settings.cardinalityLimit),
  })
  const shared = state()
  shared.once = own.once
  shared.maxValueLength = settings.maxValueLength
  const registered = metrics.setGlobalMeterProvider(provider)
  if (!registered || currentProvider() !== provider) {
    await provider.shutdown().catch(() => {})
    for (const stop of stops) stop()
    return joined(
      settings,
      own,
      'the meter provider could not be registered: another version of @opentelemetry/api owns the global one in this process',
    )
  }
  if (settings.runtime) stops.push(startRuntime())
  if (settings.clients ?? true) stops.push(watchClients())
  bindObservables()

  let ended: Promise<void> | undefined
  const bounded = (work: Promise<void>, what: string) =>
    within(settings.shutdownTimeoutMs, work, what, own)
  return {
    flush: () => bounded(provider.forceFlush(), 'flush'),
    shutdown() {
      ended ??= bounded(provider.shutdown(), 'shutdown').finally(() => {
        for (const stop of stops) stop()
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

interface Named {
  readonly name: string
  readonly to: PushMetricExporter
}

/** What is pushed and pulled: the options, overruled by `OTEL_METRICS_EXPORTER`. */
function outputsOf(
  { exporter, prometheus }: Settings,
  { exporters }: Environment,
): { exporters: readonly Exporter[]; prometheus: Settings['prometheus'] } {
  if (exporters === undefined) return { exporters: exporter ? [exporter] : [], prometheus }
  const made = { otlp, console } as const
  const wanted = exporters.filter((name) => name === 'otlp' || name === 'console')
  return {
    exporters: wanted.map((name) => (exporter?.name === name ? exporter : made[name]())),
    prometheus: exporters.includes('prometheus')
      ? (prometheus ?? { scopeLabels: true })
      : prometheus,
  }
}

function readersOf(
  exporters: readonly Named[],
  prometheus: boolean,
  context: { settings: Settings; environment: Environment; own: Reports },
): { readers: Reader[]; pull: Reader | undefined } {
  const { settings, environment, own } = context
  const intervalMs = environment.intervalMs ?? settings.intervalMs
  const watch = overflowWatch(settings.cardinalityLimit, settings.views, own)
  const twins = twinWatch(own)
  const options = {
    intervalMs,
    exportTimeoutMs: environment.exportTimeoutMs ?? settings.exportTimeoutMs,
    cardinalityLimit: settings.cardinalityLimit,
    onCollected: ({ resourceMetrics, errors }: CollectionResult) => {
      watch(resourceMetrics)
      if (settings.views.length > 0) twins(resourceMetrics)
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
  }
  const readers = exporters.map(({ name, to }) =>
    reader({ ...options, exporter: to, onExported: outage(name, own) }),
  )
  if (!prometheus) return { readers, pull: undefined }
  const shared = readers[exporters.findIndex(({ to }) => isCumulative(to))]
  if (shared) return { readers, pull: shared }
  const pull = reader(options)
  return { readers: [...readers, pull], pull }
}

/** A view's new name that an instrument has already gives two metrics of one name. */
function twinWatch(own: Reports): (collected: ResourceMetrics) => void {
  return ({ scopeMetrics }) => {
    for (const { metrics } of scopeMetrics) {
      const seen = new Set<string>()
      for (const { descriptor } of metrics) {
        const { name } = descriptor
        if (seen.has(name)) {
          own.once(`twins ${name}`, {
            type: 'metrics.name_clash',
            level: 'warn',
            message: `a view makes a second metric named ${name}; who receives them may keep only one`,
            fields: { metric: name },
          })
        }
        seen.add(name)
      }
    }
  }
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
