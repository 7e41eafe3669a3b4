import { OtlpEnvironment, type OtlpVariable } from '@clew/internal/telemetry/environment'

const oneOf = (...values: readonly string[]): OtlpVariable['fits'] => {
  return (value) => values.includes(value.toLowerCase())
}

/** The variables that only the exporters of metrics have. */
const metricsVariables: Readonly<Record<string, OtlpVariable>> = {
  TEMPORALITY_PREFERENCE: {
    fits: oneOf('cumulative', 'delta', 'lowmemory'),
    expected: 'cumulative, delta or lowmemory',
  },
  DEFAULT_HISTOGRAM_AGGREGATION: {
    fits: oneOf('explicit_bucket_histogram', 'base2_exponential_bucket_histogram'),
    expected: 'explicit_bucket_histogram or base2_exponential_bucket_histogram',
  },
}

/** Reads `OTEL_EXPORTER_OTLP_METRICS_*` and `OTEL_EXPORTER_OTLP_*`. */
export function createOtlpEnvironment(env: NodeJS.ProcessEnv = process.env): OtlpEnvironment {
  return new OtlpEnvironment('METRICS', metricsVariables, env)
}
