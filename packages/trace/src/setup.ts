import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { format } from 'node:util'
import type { Attributes, TextMapPropagator } from '@opentelemetry/api'
import type { SpanExporter } from '@opentelemetry/sdk-trace-node'
import { adaptiveSampler } from './adaptive-sampler.ts'
import { registered } from './api.ts'
import { baggage, composite } from './baggage.ts'
import { type BatchProcessor, batchProcessor, type ExportCounts } from './batch.ts'
import type { ConfigureOptions, Tracing } from './configure.ts'
import { contextManager } from './context.ts'
import { type Environment, readEnvironment, variable } from './environment.ts'
import { TraceError } from './errors.ts'
import { console as consoleExporter, type Exporter, isLazy, otlp } from './exporter.ts'
import { shared } from './global.ts'
import { http } from './http.ts'
import { watchNodeHttp } from './node-client.ts'
import { type Reports, reasonOf, reports } from './reports.ts'
import { samplerOf } from './sampler.ts'
import { traceContext } from './trace-context.ts'
import { watchUndici } from './undici-client.ts'

/** What `configure` does, apart from it, so that importing the package does not load it. */
export async function setUp(options: ConfigureOptions): Promise<Tracing> {
  const said = reports()
  return build(options, readEnvironment(said.emit), said)
}

async function build(
  options: ConfigureOptions,
  environment: Environment,
  said: Reports,
): Promise<Tracing> {
  const state = shared()
  const undo: (() => void)[] = [() => delete state.configured]
  const processors: BatchProcessor[] = []
  const counts: ExportCounts = { exported: 0, dropped: 0, failed: 0 }
  const timeoutMs = options.shutdownTimeoutMs ?? 3000

  if (!environment.disabled) {
    undo.push(await letTheSdkSpeak(environment))
    const exporters = await exportersOf(options, environment)
    const provider = await providerOf(options, environment, exporters, processors, counts, said)
    undo.push(...(await register(provider, options, environment, said)))
  }

  const settle = async (
    each: (processor: BatchProcessor) => Promise<void>,
    what: 'flush' | 'shutdown',
  ) => {
    const results = Promise.allSettled(processors.map((processor) => each(processor)))
    let timer: NodeJS.Timeout | undefined
    // The timer keeps the process alive on purpose: an exit before the deadline would lose what waits.
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(resolve, timeoutMs, 'late')
    })
    const outcome = await Promise.race([results, late])
    clearTimeout(timer)
    if (outcome === 'late' && what === 'shutdown') for (const one of processors) one.abandon()
    const rejected =
      outcome === 'late' ? undefined : outcome.find((result) => result.status === 'rejected')
    if (outcome !== 'late' && rejected === undefined) return
    said.emit({
      type: `trace.${what}_failed`,
      level: 'warn',
      message:
        outcome === 'late'
          ? `${what} of tracing was given up after ${timeoutMs} ms`
          : `${what} of tracing failed: ${reasonOf(rejected?.reason)}`,
      fields: { ...counts },
    })
  }

  let closing: Promise<void> | undefined
  return {
    http,
    subscribe: said.subscribe,
    counts: () => ({ ...counts }),
    flush: () => closing ?? settle((processor) => processor.forceFlush(), 'flush'),
    shutdown() {
      closing ??= settle((processor) => processor.shutdown(), 'shutdown').then(() => {
        for (const step of undo.reverse()) step()
        if (counts.failed + counts.dropped > 0) {
          said.emit({
            type: 'trace.spans_lost',
            level: 'warn',
            message: `${counts.failed + counts.dropped} spans were not exported`,
            fields: { ...counts },
          })
        }
        said.close()
      })
      return closing
    },
  }
}

async function exportersOf(
  { exporter }: ConfigureOptions,
  environment: Environment,
): Promise<SpanExporter[]> {
  const given = exporter === undefined ? [] : [exporter]
  const wanted =
    environment.exporters?.flatMap((name): (Exporter | SpanExporter)[] => {
      if (name === 'none') return []
      const same = given.find((candidate) => isLazy(candidate) && candidate.name === name)
      return [same ?? (name === 'otlp' ? otlp() : consoleExporter())]
    }) ?? given
  return Promise.all(wanted.map(async (found) => (isLazy(found) ? loaded(found) : found)))
}

async function loaded(exporter: Exporter): Promise<SpanExporter> {
  try {
    return await exporter.load()
  } catch (cause) {
    if ((cause as { name?: unknown } | null)?.name === 'TraceError') throw cause
    throw new TraceError('ERR_TRACE_EXPORTER', `exporter ${exporter.name}: ${reasonOf(cause)}`, {
      cause,
    })
  }
}

type Provider = import('@opentelemetry/sdk-trace-node').NodeTracerProvider

/** None without an exporter: the api then passes the context of callers on, which is all there is to do. */
async function providerOf(
  options: ConfigureOptions,
  environment: Environment,
  exporters: readonly SpanExporter[],
  processors: BatchProcessor[],
  counts: ExportCounts,
  said: Reports,
): Promise<Provider | undefined> {
  if (exporters.length === 0) return undefined
  const [{ NodeTracerProvider }, resource] = await Promise.all([
    import('@opentelemetry/sdk-trace-node'),
    resourceOf(options),
  ])
  const queue = {
    maxQueueSize: 2048,
    maxBatchSize: 512,
    delayMs: 5000,
    exportTimeoutMs: 30_000,
    ...options.queue,
    ...environment.queue,
  }
  processors.push(...exporters.map((exporter) => batchProcessor(exporter, queue, counts, said)))
  const limited = ['OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT', 'OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT']
  const sampler = environment.sampler ?? samplerOf(options.sampler ?? adaptiveSampler())
  return new NodeTracerProvider({
    resource,
    sampler,
    spanProcessors: processors,
    ...(limited.some((name) => variable(name) !== undefined)
      ? {}
      : { spanLimits: { attributeValueLengthLimit: options.maxAttributeLength ?? 4096 } }),
  })
}

const instanceKey = Symbol.for('@clew/instance/v1')

/** One for the process: spans and metrics of it must have the same. */
function instanceId(): string {
  const holder = globalThis as { [instanceKey]?: string }
  holder[instanceKey] ??= randomUUID()
  return holder[instanceKey]
}

async function resourceOf({ service, resource = {} }: ConfigureOptions) {
  const { defaultResource, detectResources, envDetector, resourceFromAttributes } = await import(
    '@opentelemetry/resources'
  )
  // No detector for host or process: they run commands, and send the command line with its secrets.
  const own: Attributes = {
    'service.name': service.name,
    'service.instance.id': instanceId(),
    'host.name': hostname(),
    'process.pid': process.pid,
    'process.runtime.name': 'nodejs',
    'process.runtime.version': process.versions.node,
    ...resource,
  }
  if (service.version !== undefined) own['service.version'] = service.version
  return defaultResource()
    .merge(resourceFromAttributes(own))
    .merge(detectResources({ detectors: [envDetector] }))
}

/** Registers what is ours, checks that it took, and says so where it did not. */
async function register(
  provider: Provider | undefined,
  options: ConfigureOptions,
  environment: Environment,
  said: Reports,
): Promise<(() => void)[]> {
  const { context, propagation, trace } = await import('@opentelemetry/api')
  const undo: (() => void)[] = []
  const refused: string[] = []
  const own = (took: boolean, name: string, disable: () => void) => {
    if (took) undo.push(disable)
    else refused.push(name)
  }

  if (provider !== undefined) {
    own(trace.setGlobalTracerProvider(provider), 'tracer provider', () => trace.disable())
  }
  const joined = refused.length > 0 || (provider === undefined && isTaken())
  own(context.setGlobalContextManager(contextManager().enable()), 'context manager', () =>
    context.disable(),
  )
  const propagators = propagatorsOf(options, environment)
  own(propagation.setGlobalPropagator(composite(propagators)), 'propagator', () =>
    propagation.disable(),
  )

  if (joined) {
    said.emit({
      type: 'trace.joined',
      level: options.exporter === undefined ? 'info' : 'warn',
      message: `another OpenTelemetry SDK is registered (${apiVersion()}): spans go to it; exporter and sampler given to configure are not used`,
      fields: { refused },
    })
  } else if (refused.length > 0) {
    said.emit({
      type: 'trace.shared',
      level: 'info',
      message: `another library has registered its ${refused.join(' and ')} (${apiVersion()}), which tracing uses`,
      fields: { refused },
    })
  }
  const { clients = !joined } = options
  const state = shared()
  if (clients && state.uninstallClients === undefined) {
    const removers = [watchUndici(), watchNodeHttp()]
    state.uninstallClients = () => {
      for (const remove of removers) remove()
    }
    undo.push(() => {
      state.uninstallClients?.()
      delete state.uninstallClients
    })
  }
  return undo
}

/** OTEL_LOG_LEVEL: only where it is asked for, and never in place of somebody else's logger. */
async function letTheSdkSpeak({ logLevel }: Environment): Promise<() => void> {
  if (logLevel === undefined || registered().diag !== undefined) return () => {}
  const { diag } = await import('@opentelemetry/api')
  diag.setLogger(diagnostics, { logLevel, suppressOverrideMessage: true })
  return () => diag.disable()
}

const toStderr =
  (level: string) =>
  (...parts: unknown[]): void => {
    process.stderr.write(`opentelemetry ${level}: ${format(...parts)}\n`)
  }

const diagnostics = {
  error: toStderr('error'),
  warn: toStderr('warn'),
  info: toStderr('info'),
  debug: toStderr('debug'),
  verbose: toStderr('verbose'),
}

function propagatorsOf(
  options: ConfigureOptions,
  environment: Environment,
): readonly TextMapPropagator[] {
  if (environment.propagators !== undefined) {
    return environment.propagators.map((name) => (name === 'baggage' ? baggage() : traceContext()))
  }
  return options.propagators ?? [traceContext(), baggage()]
}

const isTaken = () => registered().trace !== undefined
const apiVersion = () => `@opentelemetry/api ${registered().version ?? 'unknown'}`
