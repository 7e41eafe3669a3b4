import type { Report } from '@clew/internal/reports/reporter'
import { logLevelFrom } from '@clew/internal/telemetry/diagnostics'
import { EnvironmentReader, OtlpEnvironment } from '@clew/internal/telemetry/environment'
import { resourceFrom } from '@clew/internal/telemetry/resource'
import type { Attributes } from '@opentelemetry/api'
import type { QueueOptions } from '../exporting/queue.ts'
import { always, never, parentBased, ratio, type Sampler } from '../sampling/sampler.ts'

/** What the `OTEL_*` variables say; undefined where one is not set, or invalid. */
export interface Environment {
  readonly isDisabled: boolean
  readonly exporters: readonly ('otlp' | 'console' | 'none')[] | undefined
  readonly sampler: Sampler | undefined
  readonly propagators: readonly ('tracecontext' | 'baggage' | 'none')[] | undefined
  /** How much of OpenTelemetry's own diagnostics goes to stderr, as DiagLogLevel of the api. */
  readonly logLevel: number | undefined
  readonly queue: QueueOptions
  readonly resource: Attributes
  /** Whether a variable limits the length of attributes; the SDK reads the limit itself. */
  readonly limitsAttributes: boolean
}

/**
 * Reads the environment. Invalid values are reported and ignored, as the specification requires.
 */
export function readEnvironment(report: (report: Report) => void): Environment {
  const reader = new EnvironmentReader('trace.environment', report)
  reader.checkUnsupported()
  new OtlpEnvironment('TRACES').check(reader.wrong)
  return {
    isDisabled: reader.isDisabled(),
    logLevel: logLevelFrom(reader),
    exporters: reader.list('OTEL_TRACES_EXPORTER', ['otlp', 'console', 'none']),
    propagators: reader.list(
      'OTEL_PROPAGATORS',
      ['tracecontext', 'baggage', 'none'],
      '; give others to the option propagators',
    ),
    sampler: samplerFrom(reader),
    queue: {
      delayMs: reader.milliseconds('OTEL_BSP_SCHEDULE_DELAY', 0),
      exportTimeoutMs: reader.milliseconds('OTEL_BSP_EXPORT_TIMEOUT', 1),
      maxQueueSize: reader.integer('OTEL_BSP_MAX_QUEUE_SIZE', 1),
      maxBatchSize: reader.integer('OTEL_BSP_MAX_EXPORT_BATCH_SIZE', 1),
    },
    resource: resourceFrom(reader),
    limitsAttributes:
      reader.get('OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT') !== undefined ||
      reader.get('OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT') !== undefined,
  }
}

function samplerFrom(reader: EnvironmentReader): Sampler | undefined {
  switch (reader.get('OTEL_TRACES_SAMPLER')) {
    case undefined:
      return undefined
    case 'always_on':
      return always
    case 'always_off':
      return never
    case 'traceidratio':
      return ratio(shareFrom(reader))
    case 'parentbased_always_on':
      return parentBased(always)
    case 'parentbased_always_off':
      return parentBased(never)
    case 'parentbased_traceidratio':
      return parentBased(ratio(shareFrom(reader)))
    default:
      reader.wrong(
        'OTEL_TRACES_SAMPLER',
        'always_on, always_off, traceidratio, or one of these after parentbased_',
      )
      return undefined
  }
}

function shareFrom(reader: EnvironmentReader): number {
  const share = Number(reader.get('OTEL_TRACES_SAMPLER_ARG') ?? 1)
  if (share >= 0 && share <= 1) return share
  reader.wrong('OTEL_TRACES_SAMPLER_ARG', 'a number from 0 to 1')
  return 1
}
