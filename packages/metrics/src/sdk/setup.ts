import type { Report } from '@clew/internal/reports/reporter'
import { registered } from '@clew/internal/telemetry/api'
import { hearDiagnostics } from '@clew/internal/telemetry/diagnostics'
import { watchProcessEnd } from '@clew/internal/telemetry/process-end'
import { resourceOf } from '@clew/internal/telemetry/resource'
import type { MeterProvider } from '@opentelemetry/sdk-metrics'
import type { Member } from '../cluster/member.ts'
import type { Exporter } from '../exporters/exporter.ts'
import { watchClients } from '../http/clients.ts'
import { http } from '../http/middleware.ts'
import { bindObservables } from '../instruments/binding.ts'
import { state } from '../instruments/state.ts'
import { createScrapeHandler, serveNothing } from '../prometheus/scrape.ts'
import { startRuntimeMetrics } from '../runtime/start.ts'
import { withDeadline } from './deadline.ts'
import { type Environment, readEnvironment } from './environment.ts'
import { createIdleMeters } from './idle.ts'
import type { Meters } from './meters.ts'
import type { Settings } from './options.ts'
import { outputsOf } from './outputs.ts'
import type { PointCounts } from './point-counts.ts'
import type { Reader } from './reader.ts'
import { createReaders, type LoadedExporter } from './readers.ts'
import { release } from './release.ts'
import { createReports, type Reports } from './reports.ts'
import { sdkViews } from './sdk-views.ts'

/** The work of `configure`, in a file of its own so that importing the package does not load it. */
export async function setUp(settings: Settings): Promise<Meters> {
  const reports = createReports()
  try {
    const environment = readEnvironment(reports.report)
    if (environment.isDisabled) {
      return createIdleMeters(reports, 'Metrics are off: OTEL_SDK_DISABLED is true.')
    }
    if (registered().metrics !== undefined) {
      return join(
        settings,
        reports,
        'another OpenTelemetry SDK has registered a meter provider; instruments use that one, and exporter, prometheus and views are ignored',
      )
    }
    return await start(settings, environment, reports)
  } catch (error) {
    reports.close()
    throw error
  }
}

/** Uses the meter provider of another SDK. */
function join({ clients = false }: Settings, reports: Reports, message: string): Meters {
  reports.report({ type: 'metrics.joined', level: 'warn', message, fields: {} })
  bindObservables()
  // Off by default: the instrumentations of that SDK may measure clients as well.
  const stop = clients ? watchClients() : undefined
  return createIdleMeters(reports, 'Metrics go to another OpenTelemetry SDK in this process.', stop)
}

async function start(
  settings: Settings,
  environment: Environment,
  reports: Reports,
): Promise<Meters> {
  const { exporters, prometheus } = outputsOf(settings, environment)
  const [sdk, { diag, metrics }, { defaultResource, resourceFromAttributes }, ...loaded] =
    await Promise.all([
      import('@opentelemetry/sdk-metrics'),
      import('@opentelemetry/api'),
      import('@opentelemetry/resources'),
      ...exporters.map(loadExporter),
    ])
  const stops = [hearDiagnostics(diag, environment.logLevel)]
  const counts: PointCounts = { exported: 0, lost: 0, rejected: 0 }
  const { readers, scraped, series } = createReaders(loaded, {
    settings,
    environment,
    reports,
    counts,
    prometheus,
  })
  const attributes = resourceOf(
    settings.service,
    { 'telemetry.distro.name': '@clew/metrics', ...settings.resource },
    environment.resource,
    settings.detect,
  )
  const provider = new sdk.MeterProvider({
    resource: defaultResource().merge(resourceFromAttributes(attributes)),
    readers,
    views: sdkViews(settings.views, settings.cardinalityLimit),
  })
  const shared = state()
  shared.reportOnce = reports.once
  shared.maxValueLength = settings.maxValueLength
  shared.provider = provider
  shared.series = series
  if (!metrics.setGlobalMeterProvider(provider) || registered().metrics !== provider) {
    await provider.shutdown().catch(() => {})
    for (const stop of stops) stop()
    return join(
      settings,
      reports,
      'the meter provider could not be registered: another version of @opentelemetry/api owns the global one in this process',
    )
  }
  const member = scraped && (await memberOf(scraped, prometheus, settings, reports))
  if (member) stops.push(member.stop)
  if (settings.runtime) stops.push(startRuntimeMetrics())
  if (settings.clients ?? true) stops.push(watchClients())
  bindObservables()

  let stopped: Promise<void> | undefined
  let isStopped = false
  const bounded = (name: string, work: Promise<void>) =>
    withDeadline(work, { name, timeoutMs: settings.shutdownTimeoutMs, report: reports.report })
  const flush = () => bounded('flush', provider.forceFlush())
  if (loaded.length > 0) stops.push(watchEnd(flush, reports))
  return {
    flush: () => stopped ?? flush(),
    counts: () => ({ ...counts }),
    shutdown() {
      stopped ??= bounded('shutdown', shutDown(provider, member)).finally(() => {
        isStopped = true
        for (const stop of stops) stop()
        if (registered().metrics === provider) metrics.disable()
        release(reports)
      })
      return stopped
    },
    http,
    handler:
      scraped && prometheus
        ? createScrapeHandler({
            pull: member?.pull ?? scraped.pull,
            ...prometheus,
            reportOnce: reports.once,
            isStopped: () => isStopped,
          })
        : serveNothing(
            'Prometheus is off: set the option prometheus of metrics.configure to true.',
          ),
    subscribe: reports.subscribe,
  }
}

/** What stands between the scrapes of this process and those of others in its cluster, if wanted. */
async function memberOf(
  { pull }: Reader,
  prometheus: Settings['prometheus'],
  { cardinalityLimit }: Settings,
  { once }: Reports,
): Promise<Member | undefined> {
  if (!prometheus?.cluster) return undefined
  const { joinCluster } = await import('../cluster/join.ts')
  const { workerTimeoutMs } = prometheus
  return joinCluster({ collect: pull, workerTimeoutMs, cardinalityLimit, reportOnce: once })
}

async function shutDown(provider: MeterProvider, member: Member | undefined): Promise<void> {
  await Promise.all([member?.leave(), provider.shutdown()])
}

/** What to do when the process ends without `shutdown`. */
function watchEnd(flush: () => Promise<void>, { report, write }: Reports): () => void {
  const warning = (message: string): Report => ({
    type: 'metrics.no_shutdown',
    level: 'warn',
    message,
    fields: {},
  })
  let isSent = false
  return watchProcessEnd({
    late() {
      isSent = true
      return warning('the process ends without shutdown() of metrics; the last ones are sent now')
    },
    lost: () =>
      isSent
        ? undefined
        : warning(
            'process.exit() was called without shutdown() of metrics; the last ones are lost',
          ),
    flush,
    report,
    write,
  })
}

async function loadExporter(exporter: Exporter): Promise<LoadedExporter> {
  return { name: exporter.name, exporter: await exporter.load() }
}
