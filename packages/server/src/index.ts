export type { Address, BoundAddress } from './address.ts'
export { ServerError, type ServerErrorCode } from './errors.ts'
export type {
  AdminOptions,
  ServeOptions,
  ServerOptions,
  ShutdownOptions,
  TimeoutOptions,
} from './options.ts'
export type {
  DebugPart,
  Handler,
  HealthPart,
  LoggerPart,
  MetricsPart,
  Middleware,
  Report,
  Reporter,
  SecurityPart,
  TracingPart,
} from './parts.ts'
export type { Addresses, CutRequest, Refused, ShutdownReport, StepReport } from './report.ts'
export { signal } from './request.ts'
export { serve } from './serve.ts'
export { create, type Server, type ServerState } from './server.ts'
