export type { Report } from '@clew/internal/reports/reporter'
export type { Middleware } from '@clew/internal/requests/middleware'
export { allow } from './admin/allow.ts'
export { ServerError, type ServerErrorCode } from './errors.ts'
export type { FastifyApp, KoaApp } from './frameworks/application.ts'
export { failed } from './frameworks/failure.ts'
export type {
  Addresses,
  CutRequest,
  Refused,
  ShutdownReport,
  StepReport,
} from './lifecycle/report.ts'
export type { Server, ServerState } from './lifecycle/server.ts'
export type { Address, BoundAddress } from './listener/address.ts'
export type {
  AdminOptions,
  ServeOptions,
  ServerOptions,
  ShutdownOptions,
  TimeoutOptions,
} from './options/options.ts'
export type {
  DebugPart,
  Handler,
  HealthPart,
  LoggerPart,
  MetricsPart,
  Reporter,
  SecurityPart,
  TracingPart,
} from './options/parts.ts'
export { prepare } from './process/prepare.ts'
export { serve } from './process/serve.ts'
export { create } from './server/create.ts'
export { readWithin } from './traffic/read-guard.ts'
export { draining, signal } from './traffic/signal.ts'
export { waitUntil } from './traffic/work.ts'
