import { codeOf } from '@clew/internal/errors/error'
import { reasonOf } from '@clew/internal/errors/reason'
import type { SpanExporter } from '@opentelemetry/sdk-trace-node'
import { TraceError } from '../errors.ts'
import { console, type Exporter, isLazy, otlp } from '../exporting/exporter.ts'
import type { Environment } from './environment.ts'

/**
 * The exporters that are used: the ones that the environment names, else the given one.
 * @throws TraceError `ERR_TRACE_EXPORTER`, `ERR_TRACE_PEER_MISSING`
 */
export function loadExporters(
  given: Exporter | SpanExporter | undefined,
  names: Environment['exporters'],
): Promise<readonly SpanExporter[]> {
  const exporters = names?.flatMap((name) => exporterNamed(name, given)) ?? [given]
  return Promise.all(
    exporters
      .filter((exporter) => exporter !== undefined)
      .map(async (exporter) => (isLazy(exporter) ? loadExporter(exporter) : exporter)),
  )
}

function exporterNamed(
  name: 'otlp' | 'console' | 'none',
  given: Exporter | SpanExporter | undefined,
): (Exporter | SpanExporter)[] {
  if (name === 'none') return []
  // The given one has options of its own.
  if (given !== undefined && isLazy(given) && given.name === name) return [given]
  return [name === 'otlp' ? otlp() : console()]
}

async function loadExporter(exporter: Exporter): Promise<SpanExporter> {
  try {
    return await exporter.load()
  } catch (cause) {
    const code = codeOf(cause)
    if (code === 'ERR_TRACE_EXPORTER' || code === 'ERR_TRACE_PEER_MISSING') throw cause
    const message = `exporter ${exporter.name}: ${reasonOf(cause)}`
    throw new TraceError('ERR_TRACE_EXPORTER', message, { cause })
  }
}
