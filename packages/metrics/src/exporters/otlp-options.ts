import type { OptionCheck } from '@clew/internal/options/check'
import {
  checkOtlp,
  otlpOptionNames,
  type OtlpOptions as SharedOtlpOptions,
} from '@clew/internal/telemetry/otlp-options'

export type { TlsOptions } from '@clew/internal/telemetry/otlp-options'

export interface OtlpOptions extends SharedOtlpOptions {
  /**
   * Whether sums count from the start of the process (`cumulative`, for back ends such as
   * Prometheus), since the last export (`delta`), or whichever is cheaper (`lowmemory`).
   * `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE` wins.
   * @defaultValue 'cumulative'
   */
  readonly temporality?: 'cumulative' | 'delta' | 'lowmemory' | undefined
  /**
   * The buckets of histograms: the bounds they were given, or base-2 exponential ones, which need
   * none. `OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION` wins.
   * @defaultValue 'explicit'
   */
  readonly histograms?: 'explicit' | 'exponential' | undefined
}

export function checkOtlpOptions(check: OptionCheck<string>, options: OtlpOptions): void {
  check.options('options', options, [...otlpOptionNames, 'temporality', 'histograms'])
  checkOtlp(check, options)
  const { temporality, histograms } = options
  if (temporality !== undefined) {
    check.oneOf('temporality', temporality, ['cumulative', 'delta', 'lowmemory'])
  }
  if (histograms !== undefined) check.oneOf('histograms', histograms, ['explicit', 'exponential'])
}
