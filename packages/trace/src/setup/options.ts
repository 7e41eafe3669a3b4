import { resourceOption, type Service } from '@clew/internal/telemetry/resource'
import type { Attributes, TextMapPropagator } from '@opentelemetry/api'
import type { SpanExporter } from '@opentelemetry/sdk-trace-node'
import { type Check, optionCheck } from '../errors.ts'
import { type Exporter, isLazy } from '../exporting/exporter.ts'
import { type Queue, type QueueOptions, queueOption } from '../exporting/queue.ts'
import { type Sampler, type Sampling, samplerOption } from '../sampling/sampler.ts'

export interface ConfigureOptions {
  /**
   * `service.name` and `service.version`. `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` win.
   */
  readonly service: Service
  /**
   * {@link otlp}, {@link console}, or any SpanExporter of OpenTelemetry. `OTEL_TRACES_EXPORTER`
   * (otlp, console, none) wins.
   * @defaultValue none: nothing is recorded, and the context of callers is passed on
   */
  readonly exporter?: Exporter | SpanExporter | undefined
  /**
   * Which traces are recorded. `OTEL_TRACES_SAMPLER` wins.
   * @defaultValue adaptiveSampler(), 2 a second; 'always' in development: NODE_ENV is `development`, or
   * unset and stdout a terminal
   */
  readonly sampler?: Sampling | undefined
  /**
   * How context travels. `OTEL_PROPAGATORS` (tracecontext, baggage, none) wins.
   * @defaultValue W3C trace context and baggage
   */
  readonly propagators?: readonly TextMapPropagator[] | undefined
  /**
   * Further resource attributes. Those of `OTEL_RESOURCE_ATTRIBUTES` win.
   * @defaultValue service, host, process and runtime
   */
  readonly resource?: Attributes | undefined
  /**
   * Whether container, Kubernetes and cloud are added to the resource, as far as variables and files
   * tell: `container.id`, `k8s.*`, `cloud.*`, `faas.*`. Nothing asks the network.
   * @defaultValue true
   */
  readonly detect?: boolean | undefined
  /**
   * Make client spans for undici, `fetch` and node:http, and add the trace context to their
   * headers.
   * @defaultValue true; false if another SDK is registered
   */
  readonly clients?: boolean | undefined
  /** Bounds of the queue in front of the exporter. `OTEL_BSP_*` win. */
  readonly queue?: QueueOptions | undefined
  /**
   * Longest string attribute, in characters (integer >= 1); longer ones are cut.
   * `OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT` and `OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT` win.
   * @defaultValue 4096
   */
  readonly maxAttributeLength?: number | undefined
  /** Longest wait of `shutdown` and `flush`, in milliseconds (integer >= 1). @defaultValue 3000 */
  readonly shutdownTimeoutMs?: number | undefined
}

const optionNames = [
  'service',
  'exporter',
  'sampler',
  'propagators',
  'resource',
  'detect',
  'clients',
  'queue',
  'maxAttributeLength',
  'shutdownTimeoutMs',
] as const

/** The options after checking, with defaults filled in. */
export interface Settings {
  readonly service: Service
  readonly exporter: Exporter | SpanExporter | undefined
  readonly sampler: Sampler | undefined
  readonly propagators: readonly TextMapPropagator[] | undefined
  readonly resource: Attributes
  readonly detect: boolean
  readonly clients: boolean | undefined
  readonly queue: Queue
  readonly maxAttributeLength: number
  readonly shutdownTimeoutMs: number
}

/** Checks the options of `configure`. */
export function settingsOf(options: ConfigureOptions): Settings {
  const check = optionCheck('configure')
  const {
    service,
    exporter,
    sampler,
    propagators,
    resource = {},
    detect = true,
    clients,
    queue,
    maxAttributeLength = 4096,
    shutdownTimeoutMs = 3000,
  } = check.options('options', options, optionNames)
  if (propagators !== undefined) checkPropagators(check, propagators)
  if (clients !== undefined) check.boolean('clients', clients)
  return {
    service: serviceOption(check, service),
    exporter: exporterOption(check, exporter),
    sampler: sampler === undefined ? undefined : samplerOption(check, sampler),
    propagators,
    resource: resourceOption(check, resource),
    detect: check.boolean('detect', detect),
    clients,
    queue: queueOption(check, queue),
    maxAttributeLength: check.integer('maxAttributeLength', maxAttributeLength, { min: 1 }),
    shutdownTimeoutMs: check.milliseconds('shutdownTimeoutMs', shutdownTimeoutMs, 1),
  }
}

function serviceOption(check: Check, service: Service | undefined): Service {
  const object = check.object('service', service)
  const { name, version } = check.options<Service>('service', object, ['name', 'version'])
  if (version !== undefined) check.string('service.version', version)
  return { name: check.string('service.name', name), version }
}

function exporterOption(
  check: Check,
  exporter: ConfigureOptions['exporter'],
): ConfigureOptions['exporter'] {
  if (exporter === undefined || (exporter !== null && isLazy(exporter))) return exporter
  if (typeof exporter?.export === 'function') return exporter
  throw check.error('exporter', 'trace.otlp(), trace.console() or a SpanExporter', exporter)
}

function checkPropagators(check: Check, propagators: readonly TextMapPropagator[]): void {
  if (!Array.isArray(propagators)) {
    throw check.error('propagators', 'an array of propagators', propagators)
  }
  for (const [index, propagator] of propagators.entries()) {
    if (typeof propagator?.inject !== 'function') {
      throw check.error(`propagators[${index}]`, 'a TextMapPropagator', propagator)
    }
  }
}
