import { AsyncLocalStorage } from 'node:async_hooks'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import {
  BatchSpanProcessor,
  NodeTracerProvider,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-node'
import { discardedMetrics, discardedSpans } from './discarded.ts'
import type { Part, Subject } from './subject.ts'

type Around = (req: IncomingMessage, res: ServerResponse, next: () => void) => void

/** The least that each part of a stack costs: what no package on top of it can avoid. */
const floors: Partial<Record<Part, (subject: Subject) => Around>> = {
  context: () => {
    const storage = new AsyncLocalStorage<object>()
    return (req, _res, next) => storage.run({ req }, next)
  },
  span: ({ sampled }) => {
    const provider = new NodeTracerProvider({
      sampler: new TraceIdRatioBasedSampler(sampled),
      spanProcessors: [new BatchSpanProcessor(discardedSpans)],
    })
    const tracer = provider.getTracer('floor')
    return (req, res, next) => {
      const span = tracer.startSpan('GET', { attributes: { 'http.request.method': req.method } })
      res.on('finish', () => span.setAttribute('http.response.status_code', 200).end())
      next()
    }
  },
  histogram: () => {
    const reader = new PeriodicExportingMetricReader({ exporter: discardedMetrics })
    const meter = new MeterProvider({ readers: [reader] }).getMeter('floor')
    const histogram = meter.createHistogram('http.server.request.duration', { unit: 's' })
    return (req, res, next) => {
      const startMs = performance.now()
      res.on('finish', () => {
        histogram.record((performance.now() - startMs) / 1000, {
          'http.request.method': req.method ?? '',
          'http.route': '/orders/:id',
          'http.response.status_code': res.statusCode,
          'url.scheme': 'http',
        })
      })
      next()
    }
  },
}

/** The application, within the floor that a subject is about. */
export function withFloor(application: RequestListener, subject: Subject): RequestListener {
  if (subject.stack !== 'floor') return application
  const around = subject.parts.map((part) => floors[part]?.(subject))
  const [one] = around
  if (one === undefined) throw new Error(`no floor of ${subject.parts}`)
  return (req, res) => one(req, res, () => application(req, res))
}
