import { optionError } from '../errors.ts'

/** What takes log records: the `LoggerProvider` of an OpenTelemetry SDK. */
export interface OtelLoggerProvider {
  getLogger(name: string, version?: string): OtelLogger
  /** Exports what is waiting. */
  forceFlush?(): Promise<void>
}

export interface OtelLogger {
  // The record is the SDK's own type, which no code of ours imports.
  emit(record: never): void
}

/** Options of `otel`. */
export interface OtelOptions {
  /** @defaultValue the one that is registered globally, whenever that happens */
  readonly provider?: OtelLoggerProvider
  /** The instrumentation scope of the records. @defaultValue '@clew/log' */
  readonly scope?: string
}

const brand: unique symbol = Symbol.for('@clew/log/otel/v1') as never

/** The `to` of an output that hands lines to OpenTelemetry. */
export interface OtelDestination {
  readonly [brand]: { readonly provider: OtelLoggerProvider | undefined; readonly scope: string }
}

/** For `outputs: { to: log.otel() }`: lines become log records of OpenTelemetry's logs API, which an SDK sends on. */
export function otel(options: OtelOptions = {}): OtelDestination {
  const { provider, scope = '@clew/log' } = options
  if (provider !== undefined && typeof provider?.getLogger !== 'function') {
    throw optionError('otel.provider', 'a LoggerProvider', provider)
  }
  if (typeof scope !== 'string' || scope === '') {
    throw optionError('otel.scope', 'a name', scope)
  }
  return { [brand]: { provider, scope } }
}

/** What `otel` was given, if it made `to`. */
export function otelOf(to: unknown): OtelDestination[typeof brand] | undefined {
  return typeof to === 'object' && to !== null ? (to as Partial<OtelDestination>)[brand] : undefined
}
