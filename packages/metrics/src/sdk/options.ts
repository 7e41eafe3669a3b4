import type { OptionCheck } from '@clew/internal/options/check'
import { resourceOption, type Service } from '@clew/internal/telemetry/resource'
import type { Attributes as ResourceAttributes } from '@opentelemetry/api'
import type { PushMetricExporter } from '@opentelemetry/sdk-metrics'
import { checkFor } from '../errors.ts'
import { type Exporter, exporterOption } from '../exporters/exporter.ts'
import type { Attributes } from '../instruments/attributes.ts'
import { type CheckedView, type View, viewsOption } from './views.ts'

export type { Service } from '@clew/internal/telemetry/resource'

export interface ConfigureOptions {
  /**
   * `service.name` and `service.version`. `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` win.
   */
  readonly service: Service
  /**
   * Where metrics are pushed: `metrics.otlp()`, `metrics.console()`, or any PushMetricExporter of
   * OpenTelemetry. `OTEL_METRICS_EXPORTER` wins.
   * @defaultValue none: nothing is pushed
   */
  readonly exporter?: Exporter | PushMetricExporter | undefined
  /**
   * Whether `handler` serves Prometheus text. `OTEL_METRICS_EXPORTER=prometheus` turns it on.
   * @defaultValue false
   */
  readonly prometheus?: boolean | PrometheusOptions | undefined
  /**
   * Time between two pushes, in milliseconds (integer >= 1). `OTEL_METRIC_EXPORT_INTERVAL` wins.
   * @defaultValue 60_000
   */
  readonly intervalMs?: number | undefined
  /**
   * Maximum time of one push, in milliseconds (integer >= 1). `OTEL_METRIC_EXPORT_TIMEOUT` wins.
   * @defaultValue 30_000
   */
  readonly exportTimeoutMs?: number | undefined
  /**
   * Maximum number of collections that wait to be sent again after a failed push (integer from 0 to
   * 1000). Only deltas need more than one: a newer total replaces the ones before it.
   * @defaultValue 10
   */
  readonly maxPendingExports?: number | undefined
  /**
   * Maximum time of one callback of an observable, in milliseconds (integer >= 1). At most half of
   * `shutdownTimeoutMs`, so that a callback that hangs does not take the last export with it.
   * @defaultValue 1000
   */
  readonly callbackTimeoutMs?: number | undefined
  /**
   * More attributes of this process, such as `{ 'deployment.environment.name': 'production' }`.
   * `OTEL_RESOURCE_ATTRIBUTES` wins.
   * @defaultValue none
   */
  readonly resource?: Attributes | undefined
  /**
   * Whether container, Kubernetes and cloud are added to the resource, as far as variables and files
   * tell: `container.id`, `k8s.*`, `cloud.*`, `faas.*`. Nothing asks the network.
   * @defaultValue true
   */
  readonly detect?: boolean | undefined
  /** Whether event loop, garbage collection, memory and CPU are measured. @defaultValue true */
  readonly runtime?: boolean | undefined
  /**
   * Whether calls made with undici, `fetch`, node:http and node:https are measured.
   * @defaultValue true; false if another SDK is registered already
   */
  readonly clients?: boolean | undefined
  /**
   * Changes to metrics: another name, other buckets, fewer attributes, or not kept at all.
   * @defaultValue none
   */
  readonly views?: readonly View[] | undefined
  /**
   * Maximum number of different sets of attributes of one metric (integer from 2 to 100_000).
   * Further sets are counted together.
   * @defaultValue 2000
   */
  readonly cardinalityLimit?: number | undefined
  /**
   * Maximum length of a label value, in UTF-16 units (integer from 16 to 65_536). Longer ones are
   * cut.
   * @defaultValue 1024
   */
  readonly maxValueLength?: number | undefined
  /**
   * Maximum time of `shutdown` and of `flush`, in milliseconds (integer >= 1).
   * @defaultValue 3000
   */
  readonly shutdownTimeoutMs?: number | undefined
}

export interface PrometheusOptions {
  /**
   * Whether each series has the labels `otel_scope_name` and `otel_scope_version`, as the
   * specification requires of exporters.
   * @defaultValue true
   */
  readonly scopeLabels?: boolean | undefined
  /**
   * Whether buckets of histograms name a sampled trace that they have counted. Prometheus gets them
   * if it asks for OpenMetrics.
   * @defaultValue true
   */
  readonly exemplars?: boolean | undefined
  /**
   * Whether a scrape shows the sum of all processes of `node:cluster`, whichever it reaches. The
   * primary must call `configure` with it too.
   * @defaultValue false
   */
  readonly cluster?: boolean | undefined
  /**
   * Maximum time that a scrape waits for the workers of a cluster, in milliseconds (integer >= 1).
   * @defaultValue 2000
   */
  readonly workerTimeoutMs?: number | undefined
}

/** The options of `configure`, checked and complete. */
export interface Settings {
  readonly service: Service
  readonly exporter: Exporter | undefined
  readonly prometheus: PrometheusSettings | undefined
  readonly intervalMs: number
  readonly exportTimeoutMs: number
  readonly maxPendingExports: number
  readonly callbackTimeoutMs: number
  readonly resource: ResourceAttributes
  readonly detect: boolean
  readonly runtime: boolean
  /** Undefined: the default, which depends on whether another SDK is registered. */
  readonly clients: boolean | undefined
  readonly views: readonly CheckedView[]
  readonly cardinalityLimit: number
  readonly maxValueLength: number
  readonly shutdownTimeoutMs: number
}

export interface PrometheusSettings {
  readonly scopeLabels: boolean
  readonly exemplars: boolean
  readonly cluster: boolean
  readonly workerTimeoutMs: number
}

export const prometheusDefaults: PrometheusSettings = {
  scopeLabels: true,
  exemplars: true,
  cluster: false,
  workerTimeoutMs: 2000,
}

const optionNames = [
  'service',
  'exporter',
  'prometheus',
  'intervalMs',
  'exportTimeoutMs',
  'maxPendingExports',
  'callbackTimeoutMs',
  'resource',
  'detect',
  'runtime',
  'clients',
  'views',
  'cardinalityLimit',
  'maxValueLength',
  'shutdownTimeoutMs',
] as const

export function settingsOf(options: ConfigureOptions): Settings {
  const check = checkFor('configure')
  const {
    service,
    exporter,
    prometheus = false,
    intervalMs = 60_000,
    exportTimeoutMs = 30_000,
    maxPendingExports = 10,
    callbackTimeoutMs = 1000,
    resource = {},
    detect = true,
    runtime = true,
    clients,
    views = [],
    cardinalityLimit = 2000,
    maxValueLength = 1024,
    shutdownTimeoutMs = 3000,
  } = check.options('options', check.object('options', options), optionNames)
  return {
    service: serviceOption(check, service),
    exporter: exporter === undefined ? undefined : exporterOption(check, exporter),
    prometheus: prometheusOption(check, prometheus),
    intervalMs: check.milliseconds('intervalMs', intervalMs, 1),
    exportTimeoutMs: check.milliseconds('exportTimeoutMs', exportTimeoutMs, 1),
    maxPendingExports: check.integer('maxPendingExports', maxPendingExports, { min: 0, max: 1000 }),
    callbackTimeoutMs: check.milliseconds('callbackTimeoutMs', callbackTimeoutMs, 1),
    resource: resourceOption(check, resource),
    detect: check.boolean('detect', detect),
    runtime: check.boolean('runtime', runtime),
    clients: clients === undefined ? undefined : check.boolean('clients', clients),
    views: viewsOption(check, views),
    cardinalityLimit: check.integer('cardinalityLimit', cardinalityLimit, { min: 2, max: 100_000 }),
    maxValueLength: check.integer('maxValueLength', maxValueLength, { min: 16, max: 65_536 }),
    shutdownTimeoutMs: check.milliseconds('shutdownTimeoutMs', shutdownTimeoutMs, 1),
  }
}

function serviceOption(check: OptionCheck<string>, service: Service | undefined): Service {
  const { name, version } = check.options('service', service, ['name', 'version'])
  check.string('service.name', name)
  if (version !== undefined && typeof version !== 'string') {
    throw check.error('service.version', 'a string', version)
  }
  return { name: name as string, version }
}

/** `true` turns it on with the defaults. */
function prometheusOption(
  check: OptionCheck<string>,
  prometheus: boolean | PrometheusOptions,
): PrometheusSettings | undefined {
  if (prometheus === false) return undefined
  if (prometheus === true) return prometheusDefaults
  if (typeof prometheus !== 'object') {
    throw check.error('prometheus', 'true, false or an object', prometheus)
  }
  const {
    scopeLabels = prometheusDefaults.scopeLabels,
    exemplars = prometheusDefaults.exemplars,
    cluster = prometheusDefaults.cluster,
    workerTimeoutMs = prometheusDefaults.workerTimeoutMs,
  } = check.options('prometheus', prometheus, [
    'scopeLabels',
    'exemplars',
    'cluster',
    'workerTimeoutMs',
  ])
  return {
    scopeLabels: check.boolean('prometheus.scopeLabels', scopeLabels),
    exemplars: check.boolean('prometheus.exemplars', exemplars),
    cluster: check.boolean('prometheus.cluster', cluster),
    workerTimeoutMs: check.milliseconds('prometheus.workerTimeoutMs', workerTimeoutMs, 1),
  }
}
