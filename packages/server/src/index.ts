export type { Report } from '@clew/internal/reports/reporter'
export type { Middleware } from '@clew/internal/requests/middleware'
export { allow } from './admin/allow.ts'
export { ServerError, type ServerErrorCode } from './errors.ts'
export type { FastifyApp, KoaApp, NestApp } from './frameworks/application.ts'
export { failed } from './frameworks/failure.ts'
export type {
  Addresses,
  CutRequest,
  Refused,
  ShutdownReport,
  StepReport,
} from './lifecycle/report.ts'
export type { Lifecycle, Server, ServerState } from './lifecycle/server.ts'
export type { Address, BoundAddress } from './listener/address.ts'
export type { Certificate } from './listener/certificate.ts'
export type { GrpcServer } from './listener/grpc.ts'
export type {
  AdminOptions,
  AttachOptions,
  GrpcOptions,
  LifecycleOptions,
  ListenerOptions,
  OverloadOptions,
  PrimaryOptions,
  Priority,
  ProcessOptions,
  ServeOptions,
  ServerOptions,
  ShutdownOptions,
  TimeoutOptions,
  TlsOptions,
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
export { attach } from './process/attach.ts'
export { prepare } from './process/prepare.ts'
export { type Primary, primary } from './process/primary.ts'
export { serve } from './process/serve.ts'
export { create, lifecycle } from './server/create.ts'
export { grpc, type Listener, listener } from './server/spec.ts'
export { answerWithin } from './traffic/handler-guard.ts'
export { readWithin } from './traffic/read-guard.ts'
export { draining, signal } from './traffic/signal.ts'
export { waitUntil } from './traffic/work.ts'
