export type { Attributes, AttributeValue } from './attributes.ts'
export type { InstrumentOptions } from './binding.ts'
export { configure, type Meters } from './configure.ts'
export { MetricsError, type MetricsErrorCode } from './errors.ts'
export { console, type Exporter, type OtlpOptions, otlp, type TlsOptions } from './exporter.ts'
export {
  type DurationHistogram,
  type Histogram,
  type HistogramOptions,
  histogram,
  type TimeUnit,
} from './histogram.ts'
export { type HttpOptions, http, type Middleware } from './http.ts'
export {
  type Counter,
  counter,
  type Gauge,
  gauge,
  type UpDownCounter,
  upDownCounter,
} from './instruments.ts'
export {
  type Observation,
  type Observe,
  type Observed,
  observableCounter,
  observableGauge,
  observableUpDownCounter,
} from './observables.ts'
export type { ConfigureOptions, PrometheusOptions, Service } from './options.ts'
export type { Report } from './reports.ts'
export type { View } from './views.ts'
