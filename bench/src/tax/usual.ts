import { createRequire } from 'node:module'
import { FastifyOtelInstrumentation } from '@fastify/otel'
import { ExpressInstrumentation } from '@opentelemetry/instrumentation-express'
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http'
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import {
  BatchSpanProcessor,
  NodeTracerProvider,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-node'
import { discardedMetrics, discardedSpans } from './discarded.ts'
import type { Subject } from './subject.ts'

/** Instrumentations patch what is loaded by `require` after they were made. */
export const require: NodeJS.Require = createRequire(import.meta.url)

/** OpenTelemetry as its documentation sets it up. Called before `http` and the framework are loaded. */
export function configureUsual({ framework, parts, sampled }: Subject): void {
  if (!parts.includes('trace') && !parts.includes('metrics')) return
  const instrumentations = [
    new HttpInstrumentation(),
    ...(framework === 'express' ? [new ExpressInstrumentation()] : []),
    ...(framework === 'fastify'
      ? [new FastifyOtelInstrumentation({ registerOnInitialization: true })]
      : []),
  ]
  if (parts.includes('trace')) {
    const provider = new NodeTracerProvider({
      sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(sampled) }),
      spanProcessors: [new BatchSpanProcessor(discardedSpans)],
    })
    provider.register()
    for (const each of instrumentations) each.setTracerProvider(provider)
  }
  if (parts.includes('metrics')) {
    const reader = new PeriodicExportingMetricReader({ exporter: discardedMetrics })
    const provider = new MeterProvider({ readers: [reader] })
    for (const each of instrumentations) each.setMeterProvider(provider)
  }
  for (const each of instrumentations) each.enable()
}
