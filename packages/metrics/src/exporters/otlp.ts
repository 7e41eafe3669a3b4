import {
  checkOtlp,
  otlpOptionNames,
  type OtlpOptions as SharedOtlpOptions,
} from '@clew/internal/telemetry/otlp-options'
import { checkFor } from '../errors.ts'
import type { Exporter } from './exporter.ts'

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

/**
 * OTLP, over gRPC or HTTP. All `OTEL_EXPORTER_OTLP_*` variables apply, and win over the options.
 * @throws TypeError `ERR_METRICS_OPTION`
 */
export function otlp(options: OtlpOptions = {}): Exporter {
  const check = checkFor('otlp')
  check.options('options', options, [...otlpOptionNames, 'temporality', 'histograms'])
  checkOtlp(check, options)
  const { temporality, histograms } = options
  if (temporality !== undefined) {
    check.oneOf('temporality', temporality, ['cumulative', 'delta', 'lowmemory'])
  }
  if (histograms !== undefined) check.oneOf('histograms', histograms, ['explicit', 'exponential'])

  return {
    name: 'otlp',
    async load() {
      const { loadOtlp } = await import('./otlp-exporter.ts')
      return loadOtlp(options)
    },
  }
}
