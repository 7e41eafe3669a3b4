import type { OptionCheck } from '@clew/internal/options/check'
import type { PushMetricExporter } from '@opentelemetry/sdk-metrics'

/** Where metrics are pushed. Nothing is loaded before `configure` calls `load`. */
export interface Exporter {
  readonly name: string
  load(): Promise<PushMetricExporter>
}

/** Accepts an `Exporter`, and any exporter of OpenTelemetry; tells them apart by their shape. */
export function exporterOption(
  check: OptionCheck<string>,
  value: Exporter | PushMetricExporter,
): Exporter {
  const { load, export: push } = (value ?? {}) as Partial<Exporter & PushMetricExporter>
  if (typeof load === 'function') return value as Exporter
  if (typeof push === 'function') {
    return { name: 'custom exporter', load: async () => value as PushMetricExporter }
  }
  throw check.error('exporter', 'metrics.otlp(), metrics.console() or a PushMetricExporter', value)
}
