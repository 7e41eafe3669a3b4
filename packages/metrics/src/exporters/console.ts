import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'
import type { Exporter } from './exporter.ts'

/** Writes one line per measurement to stdout. For development. */
export function console(): Exporter {
  return {
    name: 'console',
    load: async () => ({
      export(collected, done) {
        for (const line of linesOf(collected)) process.stdout.write(`${line}\n`)
        done({ code: 0 })
      },
      forceFlush: async () => {},
      shutdown: async () => {},
    }),
  }
}

function* linesOf({ scopeMetrics }: ResourceMetrics): Generator<string> {
  for (const { metrics } of scopeMetrics) {
    for (const { descriptor, dataPoints } of metrics) {
      for (const { attributes, value } of dataPoints) {
        const text =
          typeof value === 'number'
            ? String(value)
            : `count=${value.count} sum=${value.sum} min=${value.min} max=${value.max}`
        yield `metric ${descriptor.name} ${text}${descriptor.unit && ` ${descriptor.unit}`} ${JSON.stringify(attributes)}`
      }
    }
  }
}
