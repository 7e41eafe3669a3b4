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
export type { ClientOptions } from './client.ts'
export { asConsole, type ConsoleLike } from './console-adapter.ts'
export { LogError, type LogErrorCode } from './errors.ts'
export type { HttpOptions, Middleware } from './http.ts'
export type { Level } from './level.ts'
export type { Fields, Line } from './line.ts'
export { configure, create, type Logger } from './logger.ts'
export type { Names } from './names.ts'
export type { Format, HoldOptions, LogOptions, OutputOptions } from './options.ts'
export {
  type OtelDestination,
  type OtelLogger,
  type OtelLoggerProvider,
  type OtelOptions,
  otel,
} from './otel.ts'
export { asPino, type PinoChildOptions, type PinoLike } from './pino-adapter.ts'
export type { Plain } from './plain.ts'
export type { RedactOptions } from './redaction.ts'
export type { Override } from './root.ts'
export { isTerminal } from './terminal.ts'
export { asWinston, type WinstonLike } from './winston-adapter.ts'
