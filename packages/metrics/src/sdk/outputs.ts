import { console } from '../exporters/console.ts'
import type { Exporter } from '../exporters/exporter.ts'
import { otlp } from '../exporters/otlp.ts'
import type { Environment } from './environment.ts'
import { prometheusDefaults, type Settings } from './options.ts'

export interface Outputs {
  readonly exporters: readonly Exporter[]
  readonly prometheus: Settings['prometheus']
}

/** What is pushed and what is served: as the options say, unless `OTEL_METRICS_EXPORTER` is set. */
export function outputsOf(
  { exporter, prometheus }: Settings,
  { exporters: names }: Environment,
): Outputs {
  if (names === undefined) return { exporters: exporter ? [exporter] : [], prometheus }
  const create = { otlp, console } as const
  return {
    exporters: names
      .filter((name) => name === 'otlp' || name === 'console')
      // The exporter of the options has more to say than the name does.
      .map((name) => (exporter?.name === name ? exporter : create[name]())),
    prometheus: names.includes('prometheus') ? (prometheus ?? prometheusDefaults) : prometheus,
  }
}
