import { format } from 'node:util'
import type { DiagAPI } from '@opentelemetry/api'
import { writeStderr } from '../reports/stderr.ts'
import { registered } from './api.ts'
import type { EnvironmentReader } from './environment.ts'

/** The levels of `OTEL_LOG_LEVEL`, with the values of the api's `DiagLogLevel`. */
const levels = {
  none: 0,
  error: 30,
  warn: 50,
  info: 60,
  debug: 70,
  verbose: 80,
  all: 9999,
} as const

/**
 * `OTEL_LOG_LEVEL`: which of OpenTelemetry's own messages are written to stderr; undefined if not
 * set or invalid.
 */
export function logLevelFrom(reader: EnvironmentReader): number | undefined {
  const name = reader.get('OTEL_LOG_LEVEL')?.toLowerCase()
  if (name === undefined) return undefined
  if (Object.hasOwn(levels, name)) return levels[name as keyof typeof levels]
  reader.wrong('OTEL_LOG_LEVEL', Object.keys(levels).join(', '))
  return undefined
}

const toStderr =
  (level: string) =>
  (...parts: unknown[]): void => {
    writeStderr(`opentelemetry ${level}: ${format(...parts)}`)
  }

/**
 * Writes OpenTelemetry's own messages to stderr, if `OTEL_LOG_LEVEL` is set and no other
 * diagnostics logger is registered. Returns a function that stops it.
 */
export function hearDiagnostics(diag: DiagAPI, logLevel: number | undefined): () => void {
  if (logLevel === undefined || registered().diag !== undefined) return () => {}
  const logger = {
    error: toStderr('error'),
    warn: toStderr('warn'),
    info: toStderr('info'),
    debug: toStderr('debug'),
    verbose: toStderr('verbose'),
  }
  diag.setLogger(logger, { logLevel, suppressOverrideMessage: true })
  return () => diag.disable()
}
