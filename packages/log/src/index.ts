export type { ErrorMiddleware } from '@clew/internal/adapters/errors'
export type { Middleware } from '@clew/internal/requests/middleware'
export { asConsole, type ConsoleLike } from './adapters/console.ts'
export { asNest, type NestLoggerLike } from './adapters/nest.ts'
export { asPino, type PinoChildOptions, type PinoLike } from './adapters/pino.ts'
export { asWinston, type WinstonLike } from './adapters/winston.ts'
export type { LimitOptions } from './engine/limiter.ts'
export type { NamedLevels } from './engine/named-levels.ts'
export type { Format, HoldOptions, LogOptions, OutputOptions } from './engine/options.ts'
export type { Override } from './engine/overrides.ts'
export { LogError, type LogErrorCode } from './errors.ts'
export type { Names } from './formats/names.ts'
export { isTerminal } from './formats/terminal.ts'
export type { Level } from './level.ts'
export type { Line } from './line/entry.ts'
export type { Fields, LazyFields } from './line/fields.ts'
export {
  bind,
  child,
  client,
  debug,
  enter,
  error,
  fatal,
  flush,
  http,
  info,
  isEnabled,
  log,
  print,
  scope,
  set,
  warn,
} from './logger/ambient.ts'
export { configure, create } from './logger/default-logger.ts'
export type { Logger } from './logger/logger.ts'
export type { ChildOptions } from './logger/own-level.ts'
export {
  type OtelDestination,
  type OtelLogger,
  type OtelLoggerProvider,
  type OtelOptions,
  otel,
} from './otel/destination.ts'
export type { RedactOptions } from './redaction/redaction.ts'
export type { ClientOptions } from './requests/client.ts'
export { errors } from './requests/errors.ts'
export type { HttpOptions } from './requests/http.ts'
export type { Bindable } from './scope/binding.ts'
export type { Entered } from './scope/entered.ts'
export type { Plain } from './values/plain-value.ts'
