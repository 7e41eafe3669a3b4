import { checkOtlp, type OtlpOptions, otlpOptionNames } from '@clew/internal/telemetry/otlp-options'
import type { SpanExporter } from '@opentelemetry/sdk-trace-node'
import { optionCheck } from '../errors.ts'
import { lineOf } from './line.ts'

/** Where spans go. `configure` calls `load`; nothing is loaded before. */
export interface Exporter {
  readonly name: string
  load(): Promise<SpanExporter>
}

/**
 * Exports over OTLP, with gRPC or HTTP. Every `OTEL_EXPORTER_OTLP_*` variable applies, and wins
 * over the options.
 *
 * @throws TypeError `ERR_TRACE_OPTION`
 */
export function otlp(options: OtlpOptions = {}): Exporter {
  const check = optionCheck('otlp')
  const checked: OtlpOptions = { ...check.options('options', options, otlpOptionNames) }
  checkOtlp(check, checked)
  return {
    name: 'otlp',
    async load() {
      const { loadOtlp } = await import('./otlp.ts')
      return loadOtlp(checked)
    },
  }
}

export const isLazy = (exporter: Exporter | SpanExporter): exporter is Exporter =>
  typeof (exporter as Exporter).load === 'function'

/** Writes one line for each span to stdout, for development. */
export function console(): Exporter {
  return {
    name: 'console',
    load: async () => ({
      export(spans, done) {
        for (const span of spans) process.stdout.write(`${lineOf(span)}\n`)
        done({ code: 0 })
      },
      shutdown: async () => {},
    }),
  }
}
