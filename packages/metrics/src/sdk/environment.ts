import type { Report } from '@clew/internal/reports/reporter'
import { logLevelFrom } from '@clew/internal/telemetry/diagnostics'
import { EnvironmentReader } from '@clew/internal/telemetry/environment'
import { resourceFrom } from '@clew/internal/telemetry/resource'
import type { Attributes } from '@opentelemetry/api'
import { createOtlpEnvironment } from '../exporters/otlp-environment.ts'

const exporterNames = ['otlp', 'console', 'prometheus', 'none'] as const

/**
 * The `OTEL_*` variables, read once by `configure`. A value that makes no sense is reported and
 * ignored, as the specification requires.
 */
export interface Environment {
  readonly isDisabled: boolean
  readonly exporters: readonly (typeof exporterNames)[number][] | undefined
  readonly intervalMs: number | undefined
  readonly exportTimeoutMs: number | undefined
  /** Whether `OTEL_METRICS_EXEMPLAR_FILTER` turns exemplars off. */
  readonly hasNoExemplars: boolean
  /** How much of OpenTelemetry's own messages goes to stderr. */
  readonly logLevel: number | undefined
  readonly resource: Attributes
}

export function readEnvironment(
  report: (report: Report) => void,
  env: NodeJS.ProcessEnv = process.env,
): Environment {
  const reader = new EnvironmentReader('metrics.environment', report, env)
  reader.checkUnsupported()
  const exemplarFilter = reader.get('OTEL_METRICS_EXEMPLAR_FILTER')
  if (exemplarFilter !== undefined && !['always_off', 'trace_based'].includes(exemplarFilter)) {
    reader.wrong('OTEL_METRICS_EXEMPLAR_FILTER', 'always_off or trace_based')
  }
  for (const name of ['OTEL_EXPORTER_PROMETHEUS_HOST', 'OTEL_EXPORTER_PROMETHEUS_PORT']) {
    if (reader.get(name) !== undefined) {
      reader.wrong(name, 'nothing; the handler is served where the application puts it')
    }
  }
  createOtlpEnvironment(env).check(reader.wrong)
  return {
    isDisabled: reader.isDisabled(),
    exporters: reader.list('OTEL_METRICS_EXPORTER', exporterNames),
    intervalMs: reader.milliseconds('OTEL_METRIC_EXPORT_INTERVAL', 1),
    exportTimeoutMs: reader.milliseconds('OTEL_METRIC_EXPORT_TIMEOUT', 1),
    logLevel: logLevelFrom(reader),
    hasNoExemplars: exemplarFilter === 'always_off',
    resource: resourceFrom(reader),
  }
}
