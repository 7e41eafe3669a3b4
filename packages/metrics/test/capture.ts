import * as metrics from '@clew/metrics'
import type { PushMetricExporter, ResourceMetrics } from '@opentelemetry/sdk-metrics'

/** An exporter that keeps what it is given. */
export interface Capture extends PushMetricExporter {
  readonly exports: ResourceMetrics[]
  /** The series of a metric in the last export: [attributes, value] of each. */
  last(name: string): [attributes: object, value: unknown][]
}

export function capture(): Capture {
  const exports: ResourceMetrics[] = []
  return {
    exports,
    last(name) {
      const found = exports.at(-1)?.scopeMetrics.flatMap((scope) => scope.metrics) ?? []
      return found
        .filter(({ descriptor }) => descriptor.name === name)
        .flatMap(({ dataPoints }) =>
          dataPoints.map(({ attributes, value }): [object, unknown] => [attributes, value]),
        )
    },
    export(collected, done) {
      exports.push(collected)
      done({ code: 0 })
    },
    forceFlush: async () => {},
    shutdown: async () => {},
  }
}

export interface Running {
  readonly to: Capture
  readonly meters: metrics.Meters
  readonly reports: metrics.Report[]
}

export async function running(options: Partial<metrics.ConfigureOptions> = {}): Promise<Running> {
  const to = capture()
  const meters = await metrics.configure({
    service: { name: 'test' },
    exporter: to,
    runtime: false,
    ...options,
  })
  const reports: metrics.Report[] = []
  meters.subscribe((report) => reports.push(report))
  return { to, meters, reports }
}
