export {
  type AdaptiveSamplerOptions,
  adaptiveSampler,
  type SamplingRule,
} from './adaptive-sampler.ts'
export type { ExportCounts, QueueOptions } from './batch.ts'
export { type Carrier, extract, inject } from './carrier.ts'
export { type ConfigureOptions, configure, type Service, type Tracing } from './configure.ts'
export { TraceError, type TraceErrorCode } from './errors.ts'
export { console, type Exporter, type OtlpOptions, otlp, type TlsOptions } from './exporter.ts'
export { type HttpOptions, http, type Middleware } from './http.ts'
export { type MessageOptions, receive, receiveEach, send } from './message.ts'
export type { Report } from './reports.ts'
export type { Sampler, Sampling, SamplingDecision, SamplingResult } from './sampler.ts'
export { type SpanOptions, span, type TracedOptions, traced } from './span.ts'
