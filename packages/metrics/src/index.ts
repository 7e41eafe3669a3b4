export type { Report } from '@clew/internal/reports/reporter'
export type { Middleware } from '@clew/internal/requests/middleware'
export { MetricsError, type MetricsErrorCode } from './errors.ts'
export { console } from './exporters/console.ts'
export type { Exporter } from './exporters/exporter.ts'
export { otlp } from './exporters/otlp.ts'
export type { OtlpOptions, TlsOptions } from './exporters/otlp-options.ts'
export { type HttpOptions, http } from './http/middleware.ts'
export type { Attributes, AttributeValue } from './instruments/attributes.ts'
export { type Counter, counter, type UpDownCounter, upDownCounter } from './instruments/counter.ts'
export type { InstrumentOptions } from './instruments/declaration.ts'
export type { HistogramOptions } from './instruments/distribution.ts'
export { type Gauge, gauge } from './instruments/gauge.ts'
export {
  type DurationHistogram,
  type Histogram,
  histogram,
  type TimeUnit,
} from './instruments/histogram.ts'
export {
  type Observation,
  type Observe,
  type Observed,
  observableCounter,
  observableGauge,
  observableUpDownCounter,
} from './instruments/observables.ts'
export type { Removable } from './instruments/removable.ts'
export { configure } from './sdk/configure.ts'
export type { Meters } from './sdk/meters.ts'
export type { ConfigureOptions, PrometheusOptions, Service } from './sdk/options.ts'
export type { PointCounts } from './sdk/point-counts.ts'
export type { View } from './sdk/views.ts'
