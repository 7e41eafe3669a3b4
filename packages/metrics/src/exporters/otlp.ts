import { checkFor } from '../errors.ts'
import type { Exporter } from './exporter.ts'
import { checkOtlpOptions, type OtlpOptions } from './otlp-options.ts'

/**
 * OTLP, over gRPC or HTTP. All `OTEL_EXPORTER_OTLP_*` variables apply, and win over the options.
 * @throws TypeError `ERR_METRICS_OPTION`
 */
export function otlp(options: OtlpOptions = {}): Exporter {
  checkOtlpOptions(checkFor('otlp'), options)
  return {
    name: 'otlp',
    async load() {
      const { loadOtlp } = await import('./otlp-exporter.ts')
      return loadOtlp(options)
    },
  }
}
