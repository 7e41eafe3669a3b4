import { optionsOf } from '../errors.ts'

/** Takes log records: the `LoggerProvider` of an OpenTelemetry SDK. */
export interface OtelLoggerProvider {
  getLogger(name: string, version?: string): OtelLogger
  /** Exports what is waiting. */
  forceFlush?(): Promise<void>
}

export interface OtelLogger {
  // The record is the SDK's own type, which we do not import.
  emit(record: never): void
}

/** Options of `otel`. */
export interface OtelOptions {
  /**
   * Who takes the records. @defaultValue the one that is registered globally, whenever that happens
   */
  readonly provider?: OtelLoggerProvider
  /** The instrumentation scope of the records. @defaultValue '@clew/log' */
  readonly scope?: string
}

const brand: unique symbol = Symbol.for('@clew/log/otel/v1') as never

/** The `to` of an output that hands lines to OpenTelemetry. */
export interface OtelDestination {
  readonly [brand]: { readonly provider: OtelLoggerProvider | undefined; readonly scope: string }
}

/**
 * For `outputs: { to: log.otel() }`: lines become log records of OpenTelemetry's logs API, which an
 * SDK exports.
 */
export function otel(options: OtelOptions = {}): OtelDestination {
  const check = optionsOf('log.otel')
  const { provider, scope = '@clew/log' } = check.options('options', options, ['provider', 'scope'])
  if (provider !== undefined && typeof provider?.getLogger !== 'function') {
    throw check.error('provider', 'a LoggerProvider', provider)
  }
  check.string('scope', scope)
  return { [brand]: { provider, scope } }
}

/** The options of the `otel()` that made `to`; undefined where something else did. */
export function otelOf(to: unknown): OtelDestination[typeof brand] | undefined {
  return typeof to === 'object' && to !== null ? (to as Partial<OtelDestination>)[brand] : undefined
}
