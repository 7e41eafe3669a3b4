import { format } from 'node:util'
import type { DiagAPI } from '@opentelemetry/api'

/** The levels of `OTEL_LOG_LEVEL`, as DiagLogLevel of the api has them. */
export const LOG_LEVELS = {
  none: 0,
  error: 30,
  warn: 50,
  info: 60,
  debug: 70,
  verbose: 80,
  all: 9999,
} as const

const apiKey: unique symbol = Symbol.for('opentelemetry.js.api.1') as never

const toStderr =
  (level: string) =>
  (...parts: unknown[]): void => {
    process.stderr.write(`opentelemetry ${level}: ${format(...parts)}\n`)
  }

/**
 * Lets OpenTelemetry itself be heard on stderr: only where `OTEL_LOG_LEVEL` asks for it, and never in place of somebody else's logger.
 * Returns what ends it.
 */
export function hearDiagnostics(diag: DiagAPI, logLevel: number | undefined): () => void {
  const registered = (globalThis as { [apiKey]?: { diag?: unknown } })[apiKey]?.diag
  if (logLevel === undefined || registered !== undefined) return () => {}
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
