export { asConsole, type ConsoleLike } from './adapters/console.ts'
export { asPino, type PinoChildOptions, type PinoLike } from './adapters/pino.ts'
export { asWinston, type WinstonLike } from './adapters/winston.ts'
export {
  child,
  client,
  debug,
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
} from './ambient.ts'
export { LogError, type LogErrorCode } from './errors.ts'
export type { Names } from './formats/names.ts'
export { isTerminal } from './formats/terminal.ts'
export type { Level } from './level.ts'
export type { Fields, Line } from './line.ts'
export { configure, create, type Logger } from './logger.ts'
export type { Format, HoldOptions, LogOptions, OutputOptions } from './options.ts'
export {
  type OtelDestination,
  type OtelLogger,
  type OtelLoggerProvider,
  type OtelOptions,
  otel,
} from './otel/destination.ts'
export type { Override } from './override.ts'
export type { RedactOptions } from './redaction/redaction.ts'
export type { ClientOptions } from './requests/client.ts'
export type { HttpOptions, Middleware } from './requests/http.ts'
export type { Plain } from './values/plain.ts'
