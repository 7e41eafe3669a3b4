import type { PushMetricExporter } from '@opentelemetry/sdk-metrics'
import type { Attributes } from './attributes.ts'
import { badOption, checkInteger } from './errors.ts'
import { type Exporter, lazyExporter } from './exporter.ts'
import { type CheckedView, checkedViews, type View } from './views.ts'

/** Whose metrics these are. */
export interface Service {
  readonly name: string
  readonly version?: string
}

export interface ConfigureOptions {
  /** `service.name` and `service.version`. `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` win. */
  readonly service: Service
  /**
   * Where metrics are pushed: {@link otlp}, {@link console}, or any PushMetricExporter of OpenTelemetry. `OTEL_METRICS_EXPORTER` wins.
   * @defaultValue nowhere
   */
  readonly exporter?: Exporter | PushMetricExporter
  /** Whether `handler` serves Prometheus text. `OTEL_METRICS_EXPORTER=prometheus` turns it on. @defaultValue false */
  readonly prometheus?: boolean | PrometheusOptions
  /** Time between two pushes, in milliseconds (integer >= 1). `OTEL_METRIC_EXPORT_INTERVAL` wins. @defaultValue 60_000 */
  readonly intervalMs?: number
  /** Longest time of one push, in milliseconds (integer >= 1). `OTEL_METRIC_EXPORT_TIMEOUT` wins. @defaultValue 30_000 */
  readonly exportTimeoutMs?: number
  /** More about this process, such as `{ 'deployment.environment.name': 'production' }`. `OTEL_RESOURCE_ATTRIBUTES` wins. @defaultValue none */
  readonly resource?: Attributes
  /** Whether the event loop, garbage collection, memory and CPU are measured. @defaultValue true */
  readonly runtime?: boolean
  /**
   * Whether requests made with undici, `fetch`, node:http and node:https are measured. @defaultValue true; false where another SDK is
   * registered already
   */
  readonly clients?: boolean
  /** How metrics are kept: renamed, left out, with other buckets or fewer attributes. @defaultValue none */
  readonly views?: readonly View[]
  /** Most different sets of attributes one metric may have (integer from 2 to 100_000); the rest is counted together. @defaultValue 2000 */
  readonly cardinalityLimit?: number
  /** Longest label value, in UTF-16 units (integer from 16 to 65_536); longer ones are cut. @defaultValue 1024 */
  readonly maxValueLength?: number
  /** Longest time of `shutdown` and of `flush`, in milliseconds (integer >= 1). @defaultValue 3000 */
  readonly shutdownTimeoutMs?: number
}

export interface PrometheusOptions {
  /**
   * Whether each series says which instrumentation scope it is from (`otel_scope_name`, `otel_scope_version`), as the specification
   * asks of exporters. @defaultValue true
   */
  readonly scopeLabels?: boolean
}

export interface Settings {
  readonly service: Service
  readonly exporter: Exporter | undefined
  readonly prometheus: { readonly scopeLabels: boolean } | undefined
  readonly intervalMs: number
  readonly exportTimeoutMs: number
  readonly resource: Attributes
  readonly runtime: boolean
  readonly clients: boolean | undefined
  readonly views: readonly CheckedView[]
  readonly cardinalityLimit: number
  readonly maxValueLength: number
  readonly shutdownTimeoutMs: number
}

export function settingsOf(options: ConfigureOptions): Settings {
  if (typeof options !== 'object' || options === null) {
    throw badOption('options', 'an object', options)
  }
  const {
    service,
    exporter,
    prometheus = false,
    intervalMs = 60_000,
    exportTimeoutMs = 30_000,
    resource = {},
    runtime = true,
    clients,
    views = [],
    cardinalityLimit = 2000,
    maxValueLength = 1024,
    shutdownTimeoutMs = 3000,
  } = options
  if (typeof service?.name !== 'string' || service.name === '') {
    throw badOption('service.name', 'a string that is not empty', service?.name)
  }
  if (service.version !== undefined && typeof service.version !== 'string') {
    throw badOption('service.version', 'a string', service.version)
  }
  const lazy = exporter === undefined ? undefined : lazyExporter(exporter)
  const ofPrometheus = typeof prometheus === 'object' ? prometheus : undefined
  if (typeof prometheus !== 'boolean' && !ofPrometheus) {
    throw badOption('prometheus', 'a boolean or an object', prometheus)
  }
  const { scopeLabels = true } = ofPrometheus ?? {}
  checkBoolean('prometheus.scopeLabels', scopeLabels)
  checkBoolean('runtime', runtime)
  if (clients !== undefined) checkBoolean('clients', clients)
  if (typeof resource !== 'object' || resource === null) {
    throw badOption('resource', 'an object', resource)
  }
  checkInteger('intervalMs', intervalMs, 1)
  checkInteger('exportTimeoutMs', exportTimeoutMs, 1)
  checkInteger('cardinalityLimit', cardinalityLimit, 2, 100_000)
  checkInteger('maxValueLength', maxValueLength, 16, 65_536)
  checkInteger('shutdownTimeoutMs', shutdownTimeoutMs, 1)
  return {
    service,
    exporter: lazy,
    prometheus: prometheus === false ? undefined : { scopeLabels },
    intervalMs,
    exportTimeoutMs,
    resource,
    runtime,
    clients,
    views: checkedViews(views),
    cardinalityLimit,
    maxValueLength,
    shutdownTimeoutMs,
  }
}

function checkBoolean(name: string, value: unknown): void {
  if (typeof value !== 'boolean') throw badOption(name, 'a boolean', value)
}
